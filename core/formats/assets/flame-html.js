/*
 * The .html profile: a flame graph on a canvas, which draws only what is in
 * the window, so that a million nodes are no more work than a thousand. Then
 * flame-tables.js, then flame-page.js. All text goes in as text, never as
 * markup.
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
      if (node === Flame.ALL) whole(w, y, outer);
      else if (node < 0) rest(x, w, y); else box(node, x, w, y, outer);
    });
  }

  /* What is too narrow to tell apart. */
  function rest(x, w, y) {
    pen.globalAlpha = 0.7;
    pen.fillStyle = colours.line;
    pen.fillRect(x, y, w, ROW - 1);
    pen.globalAlpha = 1;
  }

  /* The box of the whole. */
  function whole(w, y, outer) {
    pen.globalAlpha = outer ? 0.55 : 1;
    pen.fillStyle = colours.synthetic;
    pen.fillRect(0, y, Math.max(w - 0.8, 0.3), ROW - 1);
    pen.fillStyle = colours['box-ink'];
    pen.fillText('all', 4, y + ROW / 2);
    pen.globalAlpha = 1;
  }

  function box(node, x, w, y, outer) {
    var fn = tree.fn[node], found = state.found, matches = found && found.functions[fn];
    var name = Flame.label(tree, data, node), room = Math.floor((w - 7) / cell), place;
    var text = w > 20 ? Flame.fit(name, room) : '';
    pen.globalAlpha = (outer ? 0.55 : 1) * (found && !matches ? 0.28 : 1 - 0.1 * (fn % 3));
    pen.fillStyle = matches ? colours.match : colours[Flame.colour(data, fn)];
    pen.fillRect(x, y, Math.max(w - (w > 3 ? 0.8 : 0.2), 0.3), ROW - 1);
    pen.globalAlpha = found && !matches ? 0.6 : 1;
    if (text) {
      pen.fillStyle = matches ? colours['match-ink'] : colours['box-ink'];
      pen.fillText(text, x + 4, y + ROW / 2);
      place = Flame.where(data, fn, name, room);
      pen.globalAlpha *= 0.62;
      if (place) pen.fillText(place, x + w - 5 - pen.measureText(place).width, y + ROW / 2);
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
    if (node === -1) { tip.style.display = 'none'; return; }
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
    top = rowTop(tree.depth[node] + 1);
    if (top < stage.scrollTop || top + ROW > stage.scrollTop + stage.clientHeight)
      stage.scrollTop = top - stage.clientHeight / 2;
    draw();
    controls();
    Flame.visible(tree, state.zoom, width(), 0, function (one, x, w, row) {
      var area;
      if (one !== node) return;
      area = canvas.getBoundingClientRect();
      show(node, area.left + x + Math.min(w / 2, 60), area.top + rowTop(row) + ROW - stage.scrollTop);
    });
  }

  /* The box that was walked to, or else zoomed into. */
  function current() { return state.focus >= 0 ? state.focus : state.zoom; }

  /* Its function and line, for the view of lines. */
  function showLines() {
    var node = current();
    if (node >= 0) lines.show(tree.fn[node], tree.line ? tree.line[node] : 0);
  }

  function controls() {
    byId('to-lines').disabled = current() < 0 || !data.has_lines || data.file[tree.fn[current()]] < 0;
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
    page.keep();
  }

  function search(text) {
    state.text = text;
    state.found = Flame.search(tree, data, text);
    controls();
    draw();
  }

  /* As the URL says. */
  function recall(kept) {
    state.icicle = kept.has('icicle');
    if (kept.has('reversed') && !backward) backward = Flame.reversed(forward);
    tree = kept.has('reversed') ? backward : forward;
    state.focus = -1;
    search(state.text);
    zoom(Flame.keptNode(tree));
  }

  function kept() { return { zoom: state.zoom + 1, icicle: state.icicle ? 1 : 0, reversed: tree === backward ? 1 : 0 }; }

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
    else if (event.key === 'l') showLines();
  }

  function start() {
    readColours();
    pen.font = FONT;
    cell = pen.measureText('mmmmmmmmmm').width / 10 || cell;
    stage.addEventListener('scroll', function () { show(-1); draw(); });
    canvas.addEventListener('mousemove', function (event) {
      var node = at(event.clientX, event.clientY);
      canvas.style.cursor = node === -1 ? 'default' : 'pointer';
      show(node, event.clientX, event.clientY);
    });
    canvas.addEventListener('mouseleave', function () { show(-1); });
    canvas.addEventListener('click', function (event) {
      var node = at(event.clientX, event.clientY);
      state.focus = -1;
      if (node !== -1) zoom(Math.max(node, -1));
    });
    byId('back').addEventListener('click', zoomOut);
    byId('icicle').addEventListener('click', turn);
    byId('reversed').addEventListener('click', reverse);
    byId('to-lines').addEventListener('click', showLines);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', function () { readColours(); draw(); });
    window.addEventListener('resize', layout);
  }

  return { start: start, search: search, key: key, layout: layout, at: at, recall: recall, kept: kept,
    reset: function () { state.focus = -1; zoom(-1); search(''); } };
})();
