/*
 * The .svg flame graph come alive. The boxes that every viewer shows are in
 * the file; where scripts run, they make way for boxes drawn to the window's
 * width, with zoom, search and keys, between a head and a foot that wrap. All
 * text goes in as text, never as markup.
 */
'use strict';

(function () {
  var SVG = 'http://www.w3.org/2000/svg', HTML = 'http://www.w3.org/1999/xhtml';
  var ROW = 19, SIDE = 12, NARROWEST = 0.4, LEAST_WIDTH = 240;
  var root = document.documentElement;
  var data = JSON.parse(document.getElementById('data').textContent);
  var forward = Flame.decode(data), tree = forward, backward = null;
  var boxes = document.getElementById('boxes'), tip = null, byNode = new Map();
  var state = { zoom: -1, focus: -1, icicle: data.icicle, text: '', found: null };
  var cell = 7.2, width = 0, top = 0, controls = {}, head = null, foot = null;

  function make(parent, space, name, attributes, text) {
    var element = document.createElementNS(space, name), key;
    for (key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    parent.appendChild(element);
    return element;
  }

  function clear(element) { while (element.firstChild) element.removeChild(element.firstChild); }

  /* Drawing. */

  /* What is too narrow to tell apart. */
  function drawRest(x, w, y) {
    make(boxes, SVG, 'rect', { x: (SIDE + x).toFixed(2), y: y, width: w.toFixed(2), height: ROW - 1, 'class': 'rest' });
  }

  function drawAll(w, y, outer) {
    var group = make(boxes, SVG, 'g', { 'class': 'root' + (outer ? ' outer' : '') });
    make(group, SVG, 'rect', { x: SIDE, y: y, width: Math.max(w - 0.6, 0.3).toFixed(2), height: ROW - 1, rx: 2 });
    make(group, SVG, 'text', { x: SIDE + 4, y: y + 13 }, 'all');
    group.node = Flame.ALL;
  }

  function drawBox(node, x, w, y, outer) {
    var fn = tree.fn[node], room = Math.floor((w - 7) / cell), name = Flame.label(tree, data, node), place, matches = state.found && state.found.functions[fn];
    var group = make(boxes, SVG, 'g', { 'class': 'box' + (outer ? ' outer' : '') + (matches ? ' match' : '') +
      (state.found && !matches ? ' dim' : '') + (node === state.focus ? ' focus' : '') });
    var text = Flame.fit(name, room);
    make(group, SVG, 'rect', { x: (SIDE + x).toFixed(2), y: y, width: Math.max(w - 0.6, 0.3).toFixed(2),
      height: ROW - 1, rx: w > 6 ? 2 : 0, 'class': Flame.colour(data, fn) + ' s' + fn % 3 });
    if (text) make(group, SVG, 'text', { x: (SIDE + x + 4).toFixed(2), y: y + 13 }, text);
    place = Flame.where(data, fn, name, room);
    if (place) make(group, SVG, 'text', { x: (SIDE + x + w - 5).toFixed(2), y: y + 13, 'class': 'where' }, place);
    group.node = node;
    byNode.set(node, group);
  }

  function draw() {
    var inner = width - 2 * SIDE, rows = Math.max(Flame.rows(tree, state.zoom, inner, NARROWEST), 1);
    var under, tall;
    tellFound();
    clear(boxes); /* first: it makes measuring quick */
    root.setAttribute('width', width); /* head and foot wrap to it */
    root.setAttribute('height', window.innerHeight);
    root.setAttribute('viewBox', '0 0 ' + width + ' ' + window.innerHeight);
    top = measure(head);
    under = measure(foot);
    tall = Math.max(top + rows * ROW + under, window.innerHeight); /* room for the tooltip */
    byNode.clear();
    root.setAttribute('height', tall);
    root.setAttribute('viewBox', '0 0 ' + width + ' ' + tall);
    Flame.visible(tree, state.zoom, inner, NARROWEST, function (node, x, w, row, outer) {
      var y = state.icicle ? top + row * ROW : top + (rows - 1 - row) * ROW;
      if (node === Flame.ALL) drawAll(w, y, outer);
      else if (node < 0) drawRest(x, w, y); else drawBox(node, x, w, y, outer);
    });
    if (!tree.samples)
      make(boxes, SVG, 'text', { x: width / 2, y: top + 13, 'class': 'none', 'text-anchor': 'middle' }, 'no samples');
    foot.setAttribute('y', top + rows * ROW);
    controls.back.disabled = state.zoom < 0;
    controls.icicle.setAttribute('aria-pressed', state.icicle);
    controls.reversed.setAttribute('aria-pressed', tree === backward);
    Flame.keep({ zoom: state.zoom + 1, search: state.text, icicle: state.icicle ? 1 : 0, reversed: tree === backward ? 1 : 0 });
  }

  /* As the URL says: at the beginning, and when it is changed by hand. */
  function recall() {
    var kept = Flame.kept();
    state.icicle = kept.has('icicle');
    if (kept.has('reversed') && !backward) backward = Flame.reversed(forward);
    tree = kept.has('reversed') ? backward : forward;
    state.zoom = Flame.keptNode(tree);
    state.focus = -1;
    controls.search.value = state.text = kept.get('search') || '';
    state.found = Flame.search(tree, data, state.text);
  }

  /* The height that the content of a foreignObject takes. */
  function measure(host) {
    var high = Math.ceil(host.firstChild.getBoundingClientRect().height);
    host.setAttribute('height', high);
    return high;
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
    var element = event.target.closest ? event.target.closest('g.box, g.root') : null;
    return element ? element.node : -1;
  }

  /* Controls. */

  function button(bar, name, title, act) {
    var element = make(bar, HTML, 'button', { type: 'button', title: title }, name);
    element.addEventListener('click', act);
    return element;
  }

  /* HTML in the picture, because it wraps. */
  function within(name) {
    var host = make(root, SVG, 'foreignObject', { x: 0, y: 0, width: '100%', height: 1 });
    make(host, HTML, 'div', { 'class': name });
    return host;
  }

  function buildHead() {
    head = within('head');
    make(head.firstChild, HTML, 'h1', {}, data.title);
    make(head.firstChild, HTML, 'p', {}, data.summary);
    buildControls(make(head.firstChild, HTML, 'div', { 'class': 'bar' }));
  }

  function buildFoot() {
    var legend, chip;
    foot = within('foot');
    legend = make(foot.firstChild, HTML, 'p', {});
    data.modules.slice(0, 12).forEach(function (module, m) {
      if (!data.module_self[m]) return;
      chip = make(legend, HTML, 'span', { 'class': 'chip' });
      make(chip, HTML, 'i', { style: 'background: var(--' + Flame.moduleColour(data, m) + ')' });
      make(chip, HTML, 'span', {}, module + ' ' + Flame.percent(data.module_self[m], tree.samples));
    });
    make(foot.firstChild, HTML, 'p', {}, document.getElementById('about').textContent);
  }

  function buildControls(bar) {
    var host;
    controls.search = make(bar, HTML, 'input', { type: 'search', placeholder: 'search  ( / )', spellcheck: 'false',
      'aria-label': 'search functions, files, modules; /…/ is a regular expression' });
    controls.search.addEventListener('input', function () { search(controls.search.value); });
    controls.back = button(bar, 'zoom out', 'to the caller (Backspace); Escape resets', zoomOut);
    controls.icicle = button(bar, 'icicle', 'outermost frames at the top (i)', turn);
    controls.reversed = button(bar, 'reversed', 'from the innermost frames to their callers (r)', reverse);
    controls.keys = button(bar, 'keys', 'what the keys do (?)', toggleHelp);
    controls.found = make(bar, HTML, 'span', { 'class': 'found', role: 'status' });
    controls.said = make(bar, HTML, 'span', { 'class': 'said', 'aria-live': 'polite' });
    host = make(root, SVG, 'foreignObject', { x: 0, y: 0, width: 1, height: 1, 'class': 'over' });
    tip = make(host, HTML, 'div', { 'class': 'tip' });
    controls.help = make(host, HTML, 'dl', { 'class': 'keys' });
    Flame.KEYS.forEach(function (key) {
      make(controls.help, HTML, 'dt', {}, key[0]);
      make(controls.help, HTML, 'dd', {}, key[1]);
    });
  }

  function toggleHelp() {
    var shown = controls.help.classList.toggle('shown');
    controls.keys.setAttribute('aria-pressed', shown);
    controls.help.style.transform = 'translate(' + (Math.min(SIDE, width / 40) + window.scrollX) + 'px,' + (top + window.scrollY) + 'px)';
  }

  function onKey(event) {
    var typing = event.target === controls.search;
    if (event.key === 'Escape') {
      if (controls.help.classList.contains('shown')) { toggleHelp(); return; }
      controls.search.blur();
      reset();
      return;
    }
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
    else if (event.key === '?') toggleHelp();
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

  function measureCell() {
    var probe = make(boxes, SVG, 'g', { 'class': 'box' });
    cell = make(probe, SVG, 'text', { x: 0, y: -50 }, 'mmmmmmmmmm').getComputedTextLength() / 10 || cell;
    boxes.removeChild(probe);
  }

  clear(boxes);
  buildFoot();
  buildHead();
  measureCell();
  recall();
  resize();
  boxes.addEventListener('click', function (event) {
    if (boxOf(event) !== -1) zoom(Math.max(boxOf(event), -1));
  });
  root.addEventListener('mousemove', function (event) {
    if (boxOf(event) !== -1) showTip(boxOf(event), event.clientX, event.clientY); else hideTip();
  });
  document.addEventListener('keydown', onKey);
  window.addEventListener('resize', resize);
  window.addEventListener('hashchange', function () { recall(); draw(); });
  root.classList.add('alive');
})();
