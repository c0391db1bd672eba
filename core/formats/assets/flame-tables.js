/* The tables of the .html profile: functions with callers and callees, and lines with their source. */

/* Functions. */

var functions = (function () {
  var FEW = 300, sort = 'self', filter = '', all = false, chosen = -1;
  var columns = [['self', 'self'], ['total', 'total'], ['self', 'self samples'], ['total', 'total samples'], ['name', 'function']];

  function compare(a, b) {
    var difference = 0;
    if (sort === 'self') difference = totals.self[b] - totals.self[a] || totals.total[b] - totals.total[a];
    if (sort === 'total') difference = totals.total[b] - totals.total[a];
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
    cell.style.setProperty('--share', samples / (forward.samples || 1));
    cell.title = Flame.amount(data, samples, forward.samples);
  }

  function addRow(body, fn) {
    var row = make(body, 'tr', null, { tabindex: 0 }), name;
    if (fn === chosen) row.className = 'chosen';
    share(row, totals.self[fn]);
    share(row, totals.total[fn]);
    make(row, 'td', Flame.grouped(totals.self[fn]), { 'class': 'count' });
    make(row, 'td', Flame.grouped(totals.total[fn]), { 'class': 'count' });
    name = make(row, 'td');
    make(name, 'i').style.background = fill(fn);
    make(name, 'span', data.names[fn]);
    make(name, 'span', data.places[fn], { 'class': 'place' });
    row.addEventListener('click', function () { choose(fn); });
    row.addEventListener('keydown', function (event) { if (event.key === 'Enter') choose(fn); });
  }

  function draw() {
    var head = clear(byId('table').tHead.rows[0]), body = clear(byId('table').tBodies[0]), list = listed();
    if (list.indexOf(chosen) < 0) { chosen = list.length ? list[0] : -1; tell(); }
    columns.forEach(function (column, number) {
      var cell = make(head, 'th', null, number === 2 || number === 3 ? { 'class': 'count' } : {});
      if (column[0] === sort) cell.setAttribute('aria-sort', 'descending');
      make(cell, 'button', column[1], { type: 'button' }).addEventListener('click', function () { sort = column[0]; draw(); });
    });
    list.slice(0, all ? list.length : FEW).forEach(function (fn) { addRow(body, fn); });
    byId('all').hidden = all || list.length <= FEW;
    byId('all').textContent = 'show all ' + Flame.grouped(list.length);
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

  /* The side panel: of the function that is chosen. */
  function tell() {
    var side = clear(byId('detail')), fn = chosen, found, place;
    if (fn < 0) { make(side, 'p', filter ? 'nothing matches' : 'no samples'); return; }
    found = edges(fn);
    make(side, 'h2', data.names[fn]);
    place = make(side, 'p');
    if (data.has_lines && data.file[fn] >= 0)
      make(place, 'button', data.places[fn], { type: 'button', 'class': 'link', title: 'its lines' })
        .addEventListener('click', function () { lines.show(fn, 0); });
    else make(place, 'span', data.places[fn]);
    if (data.modules[data.module[fn]]) make(place, 'span', (data.places[fn] ? ' \u00b7 ' : '') + data.modules[data.module[fn]]);
    make(side, 'p', 'self  ' + Flame.amount(data, totals.self[fn], forward.samples));
    make(side, 'p', 'total  ' + Flame.amount(data, totals.total[fn], forward.samples));
    listEdges(side, 'called by', found.callers);
    listEdges(side, 'calls', found.callees);
  }

  /* One that the search leaves out can be chosen beside the list: then the search has served. */
  function choose(fn) {
    chosen = fn;
    if (listed().indexOf(fn) < 0) page.search('');
    tell();
    draw();
  }

  byId('all').addEventListener('click', function () { all = true; draw(); });
  return { draw: draw, search: function (text) { filter = text; draw(); } };
})();

/* Lines. */

var lines = (function () {
  var open = -1, filter = '', sought = 0;

  /* Those whose own name matches, or that of one of their functions. */
  function listed() {
    var test = Flame.matcher(filter), of = new Set();
    if (test) data.names.forEach(function (name, fn) { if (test(name) || test(data.modules[data.module[fn]] || '')) of.add(data.file[fn]); });
    return data.files.map(function (file, f) { return f; }).filter(function (f) {
      return !test || of.has(f) || test(data.files[f].name || '') || test(data.files[f].short || '');
    });
  }

  function draw() {
    var list = clear(byId('files')), shown = listed();
    if (shown.indexOf(open) < 0) { open = shown.length ? shown[0] : -1; sought = 0; tell(); }
    shown.forEach(function (f) {
      var file = data.files[f];
      var item = make(make(list, 'li'), 'button', null, { type: 'button', 'aria-current': f === open, title: file.name });
      make(item, 'span', Flame.percent(file.self, forward.samples));
      make(item, 'span', file.short || file.name || '(no file)');
      item.addEventListener('click', function () { choose(f); });
    });
  }

  function none() {
    if (!data.has_lines) return 'this profile was taken by function, without lines';
    return data.files.length ? 'nothing matches' : 'no samples';
  }

  function addLine(grid, number, counts, text, most) {
    var heat = counts ? counts[1] / most : 0, parts = [];
    parts.push(make(grid, 'span', number || '?', { 'class': 'no' }));
    parts.push(make(grid, 'span', counts && counts[1] ? Flame.percent(counts[1], forward.samples) : ''));
    parts.push(make(grid, 'span', counts ? Flame.percent(counts[2], forward.samples) : ''));
    parts.push(make(grid, 'span', text, { 'class': 'text' }));
    parts.forEach(function (part) {
      if (number && number === sought) part.classList.add('sought');
      if (heat) part.style.setProperty('--heat-of', (0.08 + 0.5 * heat).toFixed(3));
      if (counts) part.title = 'self ' + Flame.amount(data, counts[1], forward.samples) + '\ntotal ' + Flame.amount(data, counts[2], forward.samples);
    });
  }

  function tell() {
    var file = data.files[open], side = clear(byId('source')), source, counts = new Map(), most = 1, before = 0, grid;
    if (!file) { make(side, 'div', none(), { 'class': 'none' }); return; }
    source = new Map(file.source || []);
    make(side, 'h2', file.name || '(no file)');
    make(side, 'p', file.note);
    grid = make(side, 'div', null, { 'class': 'code' });
    ['line', 'self', 'total', ''].forEach(function (name) { make(grid, 'span', name, { 'class': name ? 'head' : 'head text' }); });
    file.lines.forEach(function (line) { counts.set(line[0], line); if (line[1] > most) most = line[1]; });
    counts.forEach(function (line, number) { if (!source.has(number)) source.set(number, ''); });
    if (sought && !source.has(sought)) source.set(sought, '');
    Array.from(source.keys()).sort(function (a, b) { return a - b; }).forEach(function (number) {
      if (before && number > before + 1) make(grid, 'div', '\u22ee', { 'class': 'gap' });
      before = number;
      addLine(grid, number, counts.get(number), source.get(number), most);
    });
  }

  function choose(f) {
    open = f;
    sought = 0;
    tell();
    draw();
  }

  /* A function's file, at this line of it or (0) where it begins. */
  function show(fn, line) {
    var place = /:(\d+)$/.exec(data.places[fn]), row;
    if (data.file[fn] < 0) return;
    open = data.file[fn];
    if (listed().indexOf(open) < 0) page.search('');
    sought = line || (place ? +place[1] : 0);
    tell();
    page.open('lines');
    row = byId('source').querySelector('.sought');
    if (row) row.scrollIntoView({ block: 'center' });
  }

  return { draw: draw, show: show, search: function (text) { filter = text; if (!byId('lines').hidden) draw(); } };
})();
