/* The page of the .html profile: tabs, search, keys, and what the URL keeps of them. */

var page = (function () {
  var panels = ['flame', 'functions', 'lines'], search = byId('search'), shown = 'flame', ready = false;

  function open(name) {
    panels.forEach(function (panel) {
      byId(panel).hidden = panel !== name;
      byId('tab-' + panel).setAttribute('aria-selected', panel === name);
    });
    shown = name;
    byId('flame-tools').hidden = name !== 'flame';
    byId('tip').style.display = 'none';
    if (name === 'flame') graph.layout();
    if (name === 'functions') functions.draw();
    if (name === 'lines') lines.draw();
    keep();
  }

  /* The URL says what is shown: to go on later, or to hand it on. */
  function keep() {
    var state = graph.kept();
    if (!ready) return;
    state.search = search.value;
    state.tab = shown === 'flame' ? '' : shown;
    Flame.keep(state);
  }

  function recall() {
    var kept = Flame.kept();
    ready = false;
    search.value = kept.get('search') || '';
    seek();
    graph.recall(kept);
    open(panels.indexOf(kept.get('tab')) < 0 ? 'flame' : kept.get('tab'));
    ready = true;
  }

  function help(show) {
    byId('help').hidden = !show;
    byId('keys').setAttribute('aria-pressed', show);
  }

  function legend() {
    data.modules.slice(0, 12).forEach(function (module, m) {
      var chip;
      if (!data.module_self[m]) return;
      chip = make(byId('legend'), 'button', null, { type: 'button', title: 'show what is in ' + module });
      make(chip, 'i').style.background = 'var(--' + Flame.moduleColour(data, m) + ')';
      make(chip, 'span', module);
      make(chip, 'em', Flame.percent(data.module_self[m], forward.samples));
      chip.addEventListener('click', function () { seekFor(module); });
    });
  }

  function seek() {
    graph.search(search.value);
    functions.search(search.value);
    lines.search(search.value);
    keep();
  }

  function seekFor(text) { search.value = text; seek(); }

  function onKey(event) {
    var typing = event.target === search;
    if (event.key === 'Escape') {
      if (!byId('help').hidden) { help(false); return; }
      search.blur();
      seekFor('');
      graph.reset();
      return;
    }
    if (((event.ctrlKey || event.metaKey) && event.key === 'f') || (event.key === '/' && !typing)) {
      event.preventDefault();
      search.focus();
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '?') { help(byId('help').hidden); return; }
    if (byId('flame').hidden) return;
    if (event.target.tagName === 'BUTTON' && event.key === 'Enter') return;
    graph.key(event);
  }

  byId('title').textContent = data.title;
  byId('facts').textContent = data.summary;
  data.facts.forEach(function (fact) { make(byId('list'), 'dt', fact[0]); make(byId('list'), 'dd', fact[1]); });
  panels.forEach(function (panel) { byId('tab-' + panel).addEventListener('click', function () { open(panel); }); });
  search.addEventListener('input', seek);
  document.addEventListener('keydown', onKey);
  byId('more').addEventListener('toggle', graph.layout);
  byId('keys').addEventListener('click', function () { help(byId('help').hidden); });
  Flame.KEYS.concat([['l', 'the lines of the box walked to, or zoomed into']]).forEach(function (key) {
    make(byId('help'), 'dt', key[0]);
    make(byId('help'), 'dd', key[1]);
  });
  window.addEventListener('hashchange', recall);
  legend();
  graph.start();
  return { open: open, keep: keep, search: seekFor, recall: recall };
})();

page.recall();
