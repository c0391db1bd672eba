/*
 * The .html profile: a flame graph on a canvas, which draws only what is in
 * the window, so that a million nodes are no more work than a thousand; tables
 * of functions with callers and callees; lines with their source. All text
 * goes in as text, never as markup.
 */
'use strict';

var data = JSON.parse(document.getElementById('data').textContent);
var forward = Flame.decode(data);

function byId(id) { return document.getElementById(id); }

function make(parent, name, text, attributes) {
  var element = document.createElement(name), key;
  for (key in attributes || {}) element.setAttribute(key, attributes[key]);
  if (text !== undefined && text !== null) element.textContent = text;
  parent.appendChild(element);
  return element;
}

function clear(element) { while (element.firstChild) element.removeChild(element.firstChild); return element; }

function fill(fn) { return 'var(--' + Flame.colour(data, fn) + ')'; }

/* Totals and selves by function: a function that is on the stack already counts no second time. */
var totals = (function () {
  var self = new Float64Array(data.names.length), total = new Float64Array(data.names.length);
  var active = new Uint32Array(data.names.length), path = [], i, fn;
  for (i = 0; i < forward.count; i++) {
    while (path.length && path[path.length - 1] !== forward.parent[i]) active[forward.fn[path.pop()]]--;
    fn = forward.fn[i];
    self[fn] += forward.self[i];
    if (!active[fn]++) total[fn] += forward.total[i];
    path.push(i);
  }
  return { self: self, total: total };
})();

/* ---- the flame graph ---- */

var graph = (function () {
  var ROW = 19, NARROWEST = 0.4, FONT = '12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace';
  var stage = byId('stage'), space = byId('space'), canvas = byId('canvas'), pen = canvas.getContext('2d');
  var tip = byId('tip'), tree = forward, backward = null, colours = {}, cell = 7.2, rows = 1, waiting = false;
  var state = { zoom: -1, focus: -1, icicle: data.icicle, found: null, text: '' };

  function readColours() {
    var style = getComputedStyle(document.documentElement), i;
    ['native', 'synthetic', 'match', 'match-ink', 'box-ink', 'focus', 'line', 'soft'].forEach(function (name) {
      colours[name] = style.getPropertyValue('--' + name).trim();
    });
    for (i = 0; i < 12; i++) colours['m' + i] = style.getPropertyValue('--m' + i).trim();
  }

  function width() { return Math.max(stage.clientWidth - 16, 100); }

  function rowTop(row) { return (state.icicle ? row : rows - 1 - row) * ROW; }

  function layout() {
    var ratio = window.devicePixelRatio || 1;
    rows = Math.max(Flame.rows(tree, state.zoom, width(), NARROWEST), 1);
    space.style.height = rows * ROW + 'px';
    canvas.width = Math.max(1, Math.round(stage.clientWidth * ratio));
    canvas.height = Math.max(1, Math.round(stage.clientHeight * ratio));
    canvas.style.width = stage.clientWidth + 'px';
    canvas.style.height = stage.clientHeight + 'px';
    draw();
  }

  function draw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(function () { waiting = false; drawNow(); });
  }

  function drawNow() {
    var ratio = window.devicePixelRatio || 1, from = stage.scrollTop, high = stage.clientHeight;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, stage.clientWidth, high);
    pen.font = FONT;
    pen.textBaseline = 'middle';
    if (!tree.samples) {
      pen.fillStyle = colours.soft;
      pen.fillText('no samples', 4, 16);
    }
    Flame.visible(tree, state.zoom, width(), NARROWEST, function (node, x, w, row, outer) {
      var y = rowTop(row) - from;
      if (y <= -ROW || y >= high) return;
      if (node < 0) rest(x, w, y); else box(node, x, w, y, outer);
    });
  }

  /* What is too narrow to tell apart. */
  function rest(x, w, y) {
    pen.globalAlpha = 0.7;
    pen.fillStyle = colours.line;
    pen.fillRect(x, y, w, ROW - 1);
    pen.globalAlpha = 1;
  }

  function box(node, x, w, y, outer) {
    var fn = tree.fn[node], found = state.found, matches = found && found.functions[fn];
    var text = w > 20 ? Flame.fit(Flame.label(tree, data, node), Math.floor((w - 7) / cell)) : '';
    pen.globalAlpha = (outer ? 0.55 : 1) * (found && !matches ? 0.28 : 1 - 0.1 * (fn % 3));
    pen.fillStyle = matches ? colours.match : colours[Flame.colour(data, fn)];
    pen.fillRect(x, y, Math.max(w - (w > 3 ? 0.8 : 0.2), 0.3), ROW - 1);
    pen.globalAlpha = found && !matches ? 0.6 : 1;
    if (text) {
      pen.fillStyle = matches ? colours['match-ink'] : colours['box-ink'];
      pen.fillText(text, x + 4, y + ROW / 2);
    }
    pen.globalAlpha = 1;
    if (node === state.focus) {
      pen.strokeStyle = colours.focus;
      pen.lineWidth = 1.5;
      pen.strokeRect(x + 0.75, y + 0.75, Math.max(w - 2, 1), ROW - 2.5);
    }
  }

  /* The box at a place of the window; -1: none. */
  function at(clientX, clientY) {
    var area = canvas.getBoundingClientRect(), hit = -1;
    var x = clientX - area.left, y = clientY - area.top + stage.scrollTop;
    Flame.visible(tree, state.zoom, width(), NARROWEST, function (node, left, w, row) {
      if (x >= left && x < left + w && y >= rowTop(row) && y < rowTop(row) + ROW) hit = node;
    });
    return hit;
  }

  function show(node, x, y) {
    var area;
    if (node < 0) { tip.style.display = 'none'; return; }
    clear(tip);
    Flame.tell(tree, data, node, state.zoom).forEach(function (line, i) { make(tip, i ? 'div' : 'b', line); });
    tip.style.display = 'block';
    area = tip.getBoundingClientRect();
    x = Math.max(4, Math.min(x + 14, window.innerWidth - area.width - 8));
    y = y + area.height + 24 > window.innerHeight ? Math.max(4, y - area.height - 16) : y + 18;
    tip.style.transform = 'translate(' + x + 'px,' + y + 'px)';
  }

  function focus(node) {
    var top;
    state.focus = node;
    byId('said').textContent = Flame.tell(tree, data, node, state.zoom).join(', ');
    top = rowTop(tree.depth[node]);
    if (top < stage.scrollTop || top + ROW > stage.scrollTop + stage.clientHeight)
      stage.scrollTop = top - stage.clientHeight / 2;
    draw();
    Flame.visible(tree, state.zoom, width(), 0, function (one, x, w, row) {
      var area;
      if (one !== node) return;
      area = canvas.getBoundingClientRect();
      show(node, area.left + x + Math.min(w / 2, 60), area.top + rowTop(row) + ROW - stage.scrollTop);
    });
  }

  function controls() {
    byId('back').disabled = state.zoom < 0;
    byId('icicle').setAttribute('aria-pressed', state.icicle);
    byId('reversed').setAttribute('aria-pressed', tree === backward);
    byId('found').textContent = !state.found ? '' : state.found.samples
      ? Flame.amount(data, state.found.samples, tree.samples) + ' match' : 'nothing matches';
  }

  function zoom(node) {
    state.zoom = node;
    show(-1);
    layout();
    stage.scrollTop = state.icicle ? 0 : space.offsetHeight;
    controls();
  }

  function search(text) {
    state.text = text;
    state.found = Flame.search(tree, data, text);
    controls();
    draw();
  }

  function reverse() {
    if (!backward) backward = Flame.reversed(forward);
    tree = tree === forward ? backward : forward;
    state.focus = -1;
    search(state.text);
    zoom(-1);
  }

  function turn() { state.icicle = !state.icicle; zoom(state.zoom); }

  function zoomOut() { zoom(state.zoom < 0 ? -1 : tree.parent[state.zoom]); }

  function key(event) {
    if (/^Arrow/.test(event.key)) {
      event.preventDefault();
      focus(Flame.step(tree, state.focus, event.key, state.icicle));
    } else if (event.key === 'Enter' && state.focus >= 0) zoom(state.focus);
    else if (event.key === 'Backspace') zoomOut();
    else if (event.key === 'i') turn();
    else if (event.key === 'r') reverse();
  }

  function start() {
    readColours();
    pen.font = FONT;
    cell = pen.measureText('mmmmmmmmmm').width / 10 || cell;
    stage.addEventListener('scroll', function () { show(-1); draw(); });
    canvas.addEventListener('mousemove', function (event) {
      var node = at(event.clientX, event.clientY);
      canvas.style.cursor = node < 0 ? 'default' : 'pointer';
      show(node, event.clientX, event.clientY);
    });
    canvas.addEventListener('mouseleave', function () { show(-1); });
    canvas.addEventListener('click', function (event) {
      var node = at(event.clientX, event.clientY);
      if (node >= 0) zoom(node);
    });
    byId('back').addEventListener('click', zoomOut);
    byId('icicle').addEventListener('click', turn);
    byId('reversed').addEventListener('click', reverse);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', function () { readColours(); draw(); });
    window.addEventListener('resize', layout);
    zoom(-1);
  }

  return { start: start, search: search, key: key, layout: layout, at: at,
    reset: function () { state.focus = -1; zoom(-1); search(''); } };
})();

/* ---- functions ---- */

var functions = (function () {
  var FEW = 300, sort = 'self', filter = '', all = false, chosen = -1;
  var columns = [['self', 'self'], ['total', 'total'], ['samples', 'samples'], ['name', 'function']];

  function compare(a, b) {
    var difference = 0;
    if (sort === 'self') difference = totals.self[b] - totals.self[a] || totals.total[b] - totals.total[a];
    if (sort === 'total' || sort === 'samples') difference = totals.total[b] - totals.total[a];
    return difference || (data.names[a] < data.names[b] ? -1 : 1);
  }

  function listed() {
    var test = Flame.matcher(filter);
    return data.names.map(function (name, fn) { return fn; }).filter(function (fn) {
      return !test || test(data.names[fn]) || test(data.places[fn]) || test(data.modules[data.module[fn]] || '');
    }).sort(compare);
  }

  function share(row, samples) {
    var cell = make(row, 'td', Flame.percent(samples, forward.samples), { 'class': 'bar' });
    cell.style.setProperty('--share', 100 * samples / (forward.samples || 1) + '%');
    cell.title = Flame.amount(data, samples, forward.samples);
  }

  function addRow(body, fn) {
    var row = make(body, 'tr', null, { tabindex: 0 }), name;
    if (fn === chosen) row.className = 'chosen';
    share(row, totals.self[fn]);
    share(row, totals.total[fn]);
    make(row, 'td', Flame.grouped(totals.total[fn]));
    name = make(row, 'td');
    make(name, 'i').style.background = fill(fn);
    make(name, 'span', data.names[fn]);
    make(name, 'span', data.places[fn], { 'class': 'place' });
    row.addEventListener('click', function () { choose(fn); });
    row.addEventListener('keydown', function (event) { if (event.key === 'Enter') choose(fn); });
  }

  function draw() {
    var head = clear(byId('table').tHead.rows[0]), body = clear(byId('table').tBodies[0]), list = listed();
    columns.forEach(function (column) {
      var cell = make(head, 'th');
      if (column[0] === sort) cell.setAttribute('aria-sort', 'descending');
      make(cell, 'button', column[1], { type: 'button' }).addEventListener('click', function () { sort = column[0]; draw(); });
    });
    list.slice(0, all ? list.length : FEW).forEach(function (fn) { addRow(body, fn); });
    byId('all').hidden = all || list.length <= FEW;
    byId('all').textContent = 'show all ' + Flame.grouped(list.length);
    if (chosen < 0 && list.length) choose(list[0]);
  }

  /* Samples in which fn was called by others, and called others: each pair counts once a sample. */
  function edges(fn) {
    var callers = new Map(), callees = new Map(), i, p;
    function add(map, caller, callee, node) {
      var other = map === callers ? caller : callee, up;
      for (up = forward.parent[forward.parent[node]]; up !== undefined && up >= 0; up = forward.parent[up])
        if (forward.fn[up] === caller && within(up, callee, node)) return;
      map.set(other, (map.get(other) || 0) + forward.total[node]);
    }
    /* Is a child of `up` on the way to `node` a `callee`? */
    function within(up, callee, node) {
      var at = node;
      while (forward.parent[at] !== up) at = forward.parent[at];
      return forward.fn[at] === callee;
    }
    for (i = 0; i < forward.count; i++) {
      p = forward.parent[i];
      if (p < 0) continue;
      if (forward.fn[i] === fn) add(callers, forward.fn[p], fn, i);
      if (forward.fn[p] === fn) add(callees, fn, forward.fn[i], i);
    }
    return { callers: callers, callees: callees };
  }

  function listEdges(side, title, map) {
    make(side, 'h3', title + (map.size ? '' : ': none'));
    Array.from(map).sort(function (a, b) { return b[1] - a[1]; }).slice(0, 60).forEach(function (pair) {
      var line = make(side, 'button', null, { type: 'button', 'class': 'edge' });
      make(line, 'span', Flame.percent(pair[1], forward.samples));
      make(line, 'span', data.names[pair[0]]).title = data.places[pair[0]];
      line.addEventListener('click', function () { choose(pair[0]); });
    });
  }

  function choose(fn) {
    var side = clear(byId('detail')), found = edges(fn);
    chosen = fn;
    make(side, 'h2', data.names[fn]);
    make(side, 'p', [data.places[fn], data.modules[data.module[fn]]].filter(Boolean).join(' \u00b7 '));
    make(side, 'p', 'self  ' + Flame.amount(data, totals.self[fn], forward.samples));
    make(side, 'p', 'total  ' + Flame.amount(data, totals.total[fn], forward.samples));
    listEdges(side, 'called by', found.callers);
    listEdges(side, 'calls', found.callees);
    draw();
  }

  byId('all').addEventListener('click', function () { all = true; draw(); });
  return { draw: draw, search: function (text) { filter = text; draw(); } };
})();

/* ---- lines ---- */

var lines = (function () {
  var open = -1;

  function draw() {
    var list = clear(byId('files'));
    data.files.forEach(function (file, f) {
      var item = make(make(list, 'li'), 'button', null, { type: 'button', 'aria-current': f === open, title: file.name });
      make(item, 'span', Flame.percent(file.self, forward.samples));
      make(item, 'span', file.short || file.name || '(no file)');
      item.addEventListener('click', function () { choose(f); });
    });
    if (open < 0 && data.files.length) choose(0);
    if (!data.files.length) make(clear(byId('source')), 'div', data.has_lines ? 'no samples' :
      'this profile was taken by function, without lines', { 'class': 'none' });
  }

  function addLine(grid, number, counts, text, most) {
    var heat = counts ? counts[1] / most : 0, parts = [];
    parts.push(make(grid, 'span', number || '?', { 'class': 'no' }));
    parts.push(make(grid, 'span', counts && counts[1] ? Flame.percent(counts[1], forward.samples) : ''));
    parts.push(make(grid, 'span', counts ? Flame.percent(counts[2], forward.samples) : ''));
    parts.push(make(grid, 'span', text));
    parts.forEach(function (part) {
      if (heat) part.style.setProperty('--heat-of', (0.08 + 0.5 * heat).toFixed(3));
      if (counts) part.title = 'self ' + Flame.amount(data, counts[1], forward.samples) + '\ntotal ' + Flame.amount(data, counts[2], forward.samples);
    });
  }

  function choose(f) {
    var file = data.files[f], side = clear(byId('source')), source = new Map(file.source || []), counts = new Map();
    var most = 1, before = 0, grid;
    open = f;
    draw();
    make(side, 'h2', file.name || '(no file)');
    make(side, 'p', file.note);
    grid = make(side, 'div', null, { 'class': 'code' });
    ['line', 'self', 'total', ''].forEach(function (name) { make(grid, 'span', name, { 'class': 'head' }); });
    file.lines.forEach(function (line) { counts.set(line[0], line); if (line[1] > most) most = line[1]; });
    counts.forEach(function (line, number) { if (!source.has(number)) source.set(number, ''); });
    Array.from(source.keys()).sort(function (a, b) { return a - b; }).forEach(function (number) {
      if (before && number > before + 1) make(grid, 'div', '\u22ee', { 'class': 'gap' });
      before = number;
      addLine(grid, number, counts.get(number), source.get(number), most);
    });
  }

  return { draw: draw };
})();

/* ---- the page ---- */

(function () {
  var panels = ['flame', 'functions', 'lines'], search = byId('search');

  function open(name) {
    panels.forEach(function (panel) {
      byId(panel).hidden = panel !== name;
      byId('tab-' + panel).setAttribute('aria-selected', panel === name);
    });
    byId('flame-tools').hidden = name !== 'flame';
    byId('tip').style.display = 'none';
    if (name === 'flame') graph.layout();
    if (name === 'functions') functions.draw();
    if (name === 'lines') lines.draw();
  }

  function legend() {
    data.modules.slice(0, 12).forEach(function (module, m) {
      var chip;
      if (!data.module_self[m]) return;
      chip = make(byId('legend'), 'button', null, { type: 'button', title: 'show what is in ' + module });
      make(chip, 'i').style.background = 'var(--' + Flame.moduleColour(data, m) + ')';
      make(chip, 'span', module);
      make(chip, 'em', Flame.percent(data.module_self[m], forward.samples));
      chip.addEventListener('click', function () { search.value = module; seek(); });
    });
  }

  function seek() { graph.search(search.value); functions.search(search.value); }

  function onKey(event) {
    var typing = event.target === search;
    if (event.key === 'Escape') { search.value = ''; search.blur(); functions.search(''); graph.reset(); return; }
    if (((event.ctrlKey || event.metaKey) && event.key === 'f') || (event.key === '/' && !typing)) {
      event.preventDefault();
      search.focus();
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey || byId('flame').hidden) return;
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
  legend();
  graph.start();
})();
