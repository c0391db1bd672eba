/*
 * The .svg flame graph come alive. The boxes that every viewer shows are in
 * the file; where scripts run, they make way for boxes drawn to the window's
 * width, with zoom, search and keys. All text goes in as text, never as markup.
 */
'use strict';

(function () {
  var SVG = 'http://www.w3.org/2000/svg', HTML = 'http://www.w3.org/1999/xhtml';
  var ROW = 19, TOP = 98, SIDE = 12, FOOT = 56, NARROWEST = 0.4, LEAST_WIDTH = 320;
  var root = document.documentElement;
  var data = JSON.parse(document.getElementById('data').textContent);
  var forward = Flame.decode(data), tree = forward, backward = null;
  var boxes = document.getElementById('boxes'), tip = null, byNode = new Map();
  var state = { zoom: -1, focus: -1, icicle: data.icicle, text: '', found: null };
  var cell = 7.2, width = 0, controls = {};

  function make(parent, space, name, attributes, text) {
    var element = document.createElementNS(space, name), key;
    for (key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    parent.appendChild(element);
    return element;
  }

  function clear(element) { while (element.firstChild) element.removeChild(element.firstChild); }

  /* Drawing. */

  function height(rows) { return TOP + rows * ROW + FOOT; }

  /* What is too narrow to tell apart. */
  function drawRest(x, w, y) {
    make(boxes, SVG, 'rect', { x: (SIDE + x).toFixed(2), y: y, width: w.toFixed(2), height: ROW - 1, 'class': 'rest' });
  }

  function drawBox(node, x, w, y, outer) {
    var fn = tree.fn[node], matches = state.found && state.found.functions[fn];
    var group = make(boxes, SVG, 'g', { 'class': 'box' + (outer ? ' outer' : '') + (matches ? ' match' : '') +
      (state.found && !matches ? ' dim' : '') + (node === state.focus ? ' focus' : '') });
    var text = Flame.fit(Flame.label(tree, data, node), Math.floor((w - 7) / cell));
    make(group, SVG, 'rect', { x: (SIDE + x).toFixed(2), y: y, width: Math.max(w - 0.6, 0.3).toFixed(2),
      height: ROW - 1, rx: w > 6 ? 2 : 0, 'class': Flame.colour(data, fn) + ' s' + fn % 3 });
    if (text) make(group, SVG, 'text', { x: (SIDE + x + 4).toFixed(2), y: y + 13 }, text);
    group.node = node;
    byNode.set(node, group);
  }

  function draw() {
    var inner = width - 2 * SIDE, rows = Math.max(Flame.rows(tree, state.zoom, inner, NARROWEST), 1);
    var total = height(rows), tall = Math.max(total, window.innerHeight); /* room for the tooltip */
    clear(boxes);
    byNode.clear();
    root.setAttribute('height', tall);
    root.setAttribute('width', width);
    root.setAttribute('viewBox', '0 0 ' + width + ' ' + tall);
    Flame.visible(tree, state.zoom, inner, NARROWEST, function (node, x, w, row, outer) {
      var y = state.icicle ? TOP + row * ROW : TOP + (rows - 1 - row) * ROW;
      if (node < 0) drawRest(x, w, y); else drawBox(node, x, w, y, outer);
    });
    if (!tree.samples)
      make(boxes, SVG, 'text', { x: width / 2, y: TOP + 13, 'class': 'none', 'text-anchor': 'middle' }, 'no samples');
    document.getElementById('foot').setAttribute('transform', 'translate(0,' + (total - FOOT) + ')');
    controls.back.disabled = state.zoom < 0;
    controls.icicle.setAttribute('aria-pressed', state.icicle);
    controls.reversed.setAttribute('aria-pressed', tree === backward);
    tellFound();
  }

  function tellFound() {
    var found = state.found;
    controls.found.textContent = !found ? '' : found.samples
      ? Flame.amount(data, found.samples, tree.samples) + ' match' : 'nothing matches';
  }

  /* Doing. */

  function zoom(node) { state.zoom = node; hideTip(); draw(); }

  function zoomOut() { zoom(state.zoom < 0 ? -1 : tree.parent[state.zoom]); }

  function search(text) {
    state.text = text;
    state.found = Flame.search(tree, data, text);
    draw();
  }

  function turn() { state.icicle = !state.icicle; draw(); }

  function reverse() {
    if (!backward) backward = Flame.reversed(forward);
    tree = tree === forward ? backward : forward;
    state.zoom = state.focus = -1;
    search(state.text);
  }

  function reset() {
    state.zoom = state.focus = -1;
    controls.search.value = '';
    hideTip();
    search('');
  }

  function focus(node) {
    var group = byNode.get(node), before = byNode.get(state.focus), area;
    if (before) before.classList.remove('focus');
    state.focus = node;
    if (!group) { draw(); group = byNode.get(node); }
    if (!group) return;
    group.classList.add('focus');
    area = group.getBoundingClientRect();
    if (area.top < 0 || area.bottom > window.innerHeight) window.scrollBy(0, area.top - window.innerHeight / 2);
    showTip(node, area.left + Math.min(area.width / 2, 60), area.bottom);
    controls.said.textContent = Flame.tell(tree, data, node, state.zoom).join(', ');
  }

  /* The tooltip. */

  function hideTip() { if (tip) tip.style.display = 'none'; }

  function showTip(node, x, y) {
    var lines = Flame.tell(tree, data, node, state.zoom), box;
    tip.style.display = 'block';
    clear(tip);
    lines.forEach(function (line, i) { make(tip, HTML, i ? 'div' : 'b', {}, line); });
    box = tip.getBoundingClientRect();
    x = Math.max(4, Math.min(x + 14, window.innerWidth - box.width - 8));
    y = y + box.height + 24 > window.innerHeight ? Math.max(4, y - box.height - 26) : y + 16;
    tip.style.transform = 'translate(' + (x + window.scrollX) + 'px,' + (y + window.scrollY) + 'px)';
  }

  function boxOf(event) {
    var element = event.target.closest ? event.target.closest('g.box') : null;
    return element ? element.node : -1;
  }

  /* Controls. */

  function button(bar, name, title, act) {
    var element = make(bar, HTML, 'button', { type: 'button', title: title }, name);
    element.addEventListener('click', act);
    return element;
  }

  function buildControls() {
    var host = make(root, SVG, 'foreignObject', { x: 0, y: 58, width: '100%', height: 34 });
    var bar = make(host, HTML, 'div', { 'class': 'bar' });
    controls.search = make(bar, HTML, 'input', { type: 'search', placeholder: 'search  ( / )', spellcheck: 'false',
      'aria-label': 'search functions, files, modules; /…/ is a regular expression' });
    controls.search.addEventListener('input', function () { search(controls.search.value); });
    controls.back = button(bar, 'zoom out', 'to the caller (Backspace); Escape resets', zoomOut);
    controls.icicle = button(bar, 'icicle', 'outermost frames at the top (i)', turn);
    controls.reversed = button(bar, 'reversed', 'from the innermost frames to their callers (r)', reverse);
    controls.found = make(bar, HTML, 'span', { 'class': 'found', role: 'status' });
    controls.said = make(bar, HTML, 'span', { 'class': 'said', 'aria-live': 'polite' });
    host = make(root, SVG, 'foreignObject', { x: 0, y: 0, width: 1, height: 1, 'class': 'over' });
    tip = make(host, HTML, 'div', { 'class': 'tip' });
  }

  function onKey(event) {
    var typing = event.target === controls.search;
    if (event.key === 'Escape') { controls.search.blur(); reset(); return; }
    if (((event.ctrlKey || event.metaKey) && event.key === 'f') || (event.key === '/' && !typing)) {
      event.preventDefault();
      controls.search.focus();
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^Arrow/.test(event.key)) { event.preventDefault(); focus(Flame.step(tree, state.focus, event.key, state.icicle)); }
    else if (event.key === 'Enter' && state.focus >= 0) zoom(state.focus);
    else if (event.key === 'Backspace') zoomOut();
    else if (event.key === 'i') turn();
    else if (event.key === 'r') reverse();
  }

  /* visualViewport leaves a scroll bar out. */
  function resize() {
    var now = Math.floor(window.visualViewport ? window.visualViewport.width : window.innerWidth);
    now = Math.max(now || 0, LEAST_WIDTH);
    if (now === width) return;
    width = now;
    draw();
    requestAnimationFrame(resize);
  }

  function measure() {
    var probe = make(boxes, SVG, 'g', { 'class': 'box' });
    cell = make(probe, SVG, 'text', { x: 0, y: -50 }, 'mmmmmmmmmm').getComputedTextLength() / 10 || cell;
    boxes.removeChild(probe);
  }

  clear(boxes);
  buildControls();
  measure();
  resize();
  boxes.addEventListener('click', function (event) { if (boxOf(event) >= 0) zoom(boxOf(event)); });
  root.addEventListener('mousemove', function (event) {
    if (boxOf(event) >= 0) showTip(boxOf(event), event.clientX, event.clientY); else hideTip();
  });
  document.addEventListener('keydown', onKey);
  window.addEventListener('resize', resize);
  root.classList.add('alive');
})();
