/*
 * What both pictures share: the profile's tree out of the embedded data, the
 * tree from the other end, which boxes are wide enough to be drawn, search,
 * what of it the URL keeps, and numbers as people read them. Nodes lie in
 * preorder: the subtree of i is i … end[i] - 1, and nothing here recurses.
 * Below all of them stands one box for the whole, the node ALL.
 */
'use strict';

var Flame = (function () {
  var PALETTE = 12, ALL = -2;

  var KEYS = [
    ['/  or Ctrl-F', 'search functions, files and modules; /…/ is a regular expression'],
    ['arrow keys', 'walk from box to box'],
    ['Enter', 'zoom into the box walked to'],
    ['Backspace', 'zoom out to the caller'],
    ['Escape', 'as at the beginning'],
    ['i', 'outermost frames at the top, or at the bottom'],
    ['r', 'from the innermost frames to their callers, and back'],
    ['?', 'these keys']
  ];

  /* Columns from the data: depth, function, line (if lines are told apart), self; rest: what was left out below. */
  function decode(data) {
    var count = data.nodes.depth.length;
    var tree = make(count, data.nodes.function, data.nodes.line || null, data.nodes.self, data.nodes.depth);
    var i;
    for (i = 0; i < count; i++) tree.total[i] = tree.self[i];
    (data.nodes.rest || []).forEach(function (pair) { tree.total[pair[0]] += pair[1]; });
    return finish(tree);
  }

  function make(count, fn, line, self, depth) {
    return {
      count: count, fn: Uint32Array.from(fn), line: line && Int32Array.from(line), self: Float64Array.from(self),
      depth: Uint32Array.from(depth), total: new Float64Array(count), parent: new Int32Array(count),
      end: new Uint32Array(count), start: new Float64Array(count), samples: 0, deepest: 0
    };
  }

  /* Parents, totals, ends and starts, when depth, self and a first total are known. */
  function finish(tree) {
    var path = [], at = 0, i, p, top;
    for (i = 0; i < tree.count; i++) {
      path[tree.depth[i]] = i;
      tree.parent[i] = tree.depth[i] ? path[tree.depth[i] - 1] : -1;
      tree.end[i] = i + 1;
      if (tree.depth[i] + 1 > tree.deepest) tree.deepest = tree.depth[i] + 1;
    }
    for (i = tree.count - 1; i >= 0; i--) {
      p = tree.parent[i];
      if (p < 0) continue;
      tree.total[p] += tree.total[i];
      if (tree.end[p] < tree.end[i]) tree.end[p] = tree.end[i];
    }
    for (i = 0; i < tree.count; i++) {
      p = tree.parent[i];
      top = p < 0;
      tree.start[i] = top ? at : tree.start[p] + path[p];
      if (top) at += tree.total[i]; else path[p] += tree.total[i];
      path[i] = 0;
    }
    tree.samples = at;
    return tree;
  }

  /* The tree seen from the innermost frames: children are callers. */
  function reversed(tree) {
    var nodes = [{ fn: -1, line: 0, self: 0, children: new Map() }];
    var i, at, node;
    for (i = 0; i < tree.count; i++) {
      if (!tree.self[i]) continue;
      node = nodes[0];
      for (at = i; at >= 0; at = tree.parent[at]) {
        node = child(nodes, node, tree.fn[at], tree.line ? tree.line[at] : 0);
        node.weight += tree.self[i];
      }
      node.self += tree.self[i];
    }
    return flatten(nodes[0], nodes.length - 1, !!tree.line);
  }

  function child(nodes, node, fn, line) {
    var key = fn * 2147483648 + line;
    var found = node.children.get(key);
    if (!found) {
      found = { fn: fn, line: line, self: 0, weight: 0, children: new Map() };
      node.children.set(key, found);
      nodes.push(found);
    }
    return found;
  }

  function flatten(root, count, lines) {
    var fn = [], line = [], self = [], depth = [], waiting = [], next, tree;
    pushChildren(waiting, root, 0);
    while (waiting.length) {
      next = waiting.pop();
      fn.push(next.node.fn); line.push(next.node.line); self.push(next.node.self); depth.push(next.depth);
      pushChildren(waiting, next.node, next.depth + 1);
    }
    tree = make(count, fn, lines ? line : null, self, depth);
    tree.total.set(tree.self);
    return finish(tree);
  }

  /* The heaviest first, so that it is leftmost. */
  function pushChildren(waiting, node, depth) {
    Array.from(node.children.values())
      .sort(function (a, b) { return a.weight - b.weight || b.fn - a.fn; })
      .forEach(function (one) { waiting.push({ node: one, depth: depth }); });
  }

  /*
   * Calls draw(node, x, width, row, outer) for each box at least `narrowest`
   * wide. `zoom` (-1: none) fills the width, and so do the frames outside of
   * it. Neighbours too narrow one by one are drawn as one, of node -1. Row 0
   * is that of ALL.
   */
  function visible(tree, zoom, width, narrowest, draw) {
    var from = zoom < 0 ? 0 : tree.start[zoom];
    var span = zoom < 0 ? tree.samples : tree.total[zoom];
    var scale = span > 0 ? width / span : 0;
    var i = zoom < 0 ? 0 : zoom;
    var last = zoom < 0 ? tree.count : tree.end[zoom];
    var run = { parent: -2, x: 0, width: 0, row: 0 };
    var outer, w, x;

    function skip(node) {
      if (tree.parent[node] !== run.parent || Math.abs(run.x + run.width - x) > 0.01) {
        flush();
        run = { parent: tree.parent[node], x: x, width: 0, row: tree.depth[node] + 1 };
      }
      run.width += w;
    }

    function flush() {
      if (run.width >= Math.max(narrowest, 1)) draw(-1, run.x, run.width, run.row, false);
      run.width = 0;
      run.parent = -2;
    }

    if (tree.samples) draw(ALL, 0, width, 0, zoom >= 0);
    for (outer = zoom < 0 ? -1 : tree.parent[zoom]; outer >= 0; outer = tree.parent[outer])
      draw(outer, 0, width, tree.depth[outer] + 1, true);
    while (i < last) {
      w = tree.total[i] * scale;
      x = (tree.start[i] - from) * scale;
      if (w < narrowest) { skip(i); i = tree.end[i]; continue; }
      draw(i, x, w, tree.depth[i] + 1, false);
      i++;
    }
    flush();
  }

  /* Rows that visible() would use. */
  function rows(tree, zoom, width, narrowest) {
    var most = 0;
    visible(tree, zoom, width, narrowest, function (node, x, w, row) { if (row + 1 > most) most = row + 1; });
    return most;
  }

  /* A test for functions: /regular expression/, or the text itself, whatever its case. Null: nothing is sought. */
  function matcher(text) {
    var expression = /^\/(.+)\/$/.exec(text), lower = text.toLowerCase();
    if (!text) return null;
    if (expression) {
      try { expression = new RegExp(expression[1], 'i'); } catch (wrong) { return null; }
      return function (label) { return expression.test(label); };
    }
    return function (label) { return label.toLowerCase().indexOf(lower) >= 0; };
  }

  /* Which functions match, and the samples of all stacks with one of them, each counted once. */
  function search(tree, data, text) {
    var test = matcher(text), functions, samples = 0, boxes = 0, i = 0;
    if (!test) return null;
    functions = data.names.map(function (name, f) {
      return test(name) || test(data.places[f]) || test(data.modules[data.module[f]] || '');
    });
    while (i < tree.count) {
      if (functions[tree.fn[i]]) { samples += tree.total[i]; boxes++; i = tree.end[i]; } else i++;
    }
    return { functions: functions, samples: samples, boxes: boxes };
  }

  function colour(data, fn) {
    if (data.kind[fn] === 1) return 'native';
    if (data.kind[fn] === 2) return 'synthetic';
    return 'm' + data.module[fn] % PALETTE;
  }

  /* A module's colour is that of its functions; they are of one kind. */
  function moduleColour(data, module) { return colour(data, Math.max(data.module.indexOf(module), 0)); }

  function percent(part, whole) {
    return (whole > 0 ? 100 * part / whole : 0).toFixed(part && part < whole / 1000 ? 3 : 1) + '\u202f%';
  }

  function grouped(number) { return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ','); }

  function seconds(data, samples) {
    var s = samples * data.interval;
    if (!(data.interval > 0)) return '';
    if (s >= 100) return s.toFixed(0) + '\u202fs';
    return s >= 1 ? s.toFixed(2) + '\u202fs' : (s * 1000).toFixed(s < 0.1 ? 1 : 0) + '\u202fms';
  }

  function amount(data, samples, whole) {
    return percent(samples, whole) + ' \u00b7 ' + (data.interval > 0 ? seconds(data, samples) + ' \u00b7 ' : '') +
      grouped(samples) + (samples === 1 ? ' sample' : ' samples');
  }

  /* A box's name with its line, where lines are told apart. */
  function label(tree, data, node) {
    var name = data.names[tree.fn[node]];
    if (node === ALL) return 'all';
    return tree.line && tree.line[node] > 0 ? name + ':' + tree.line[node] : name;
  }

  /* Cells of a fixed-width font: East Asian characters and emoji take two. */
  function cells(text) {
    var wide = text.match(/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/g);
    return text.length + (wide ? wide.length : 0); /* two halves of a surrogate pair: two */
  }

  function fit(text, room) {
    var characters = Array.from(text), taken = 0, i;
    if (room < 3) return '';
    if (cells(text) <= room) return text;
    for (i = 0; i < characters.length; i++) {
      taken += cells(characters[i]);
      if (taken + 1 > room) break;
    }
    return characters.slice(0, i).join('') + '\u2026';
  }

  /* A function's file and line, where a box of this name has room for them too. */
  function where(data, fn, name, room) {
    var place = data.places[fn];
    return place && cells(name) + 2 + cells(place) <= room ? place : '';
  }

  /* What the URL keeps: #zoom=12&search=encode … What cannot be kept (a page within another) is not. */
  function keep(state) {
    var kept = new URLSearchParams(), text;
    Object.keys(state).forEach(function (key) { if (state[key]) kept.set(key, state[key]); });
    text = kept.toString();
    try { history.replaceState(null, '', text ? '#' + text : location.href.split('#')[0]); } catch (refused) { /* as it is */ }
  }

  function kept() { return new URLSearchParams(location.hash.slice(1)); }

  /* The node that the URL names; -1: none of this tree. */
  function keptNode(tree) {
    var text = kept().get('zoom');
    return /^\d{1,9}$/.test(text) && +text - 1 < tree.count ? +text - 1 : -1;
  }

  /* The next box for an arrow key; the same one where there is none. */
  function step(tree, node, key, upIsOut) {
    var out = upIsOut ? 'ArrowUp' : 'ArrowDown';
    var into = upIsOut ? 'ArrowDown' : 'ArrowUp';
    var previous = -1, i, parent, last;
    if (node < 0) return 0;
    if (key === out) return tree.parent[node] < 0 ? node : tree.parent[node];
    if (key === into) return heaviest(tree, node);
    parent = tree.parent[node];
    i = parent < 0 ? 0 : parent + 1;
    last = parent < 0 ? tree.count : tree.end[parent];
    for (; i < last; i = tree.end[i]) {
      if (key === 'ArrowRight' && previous === node) return i;
      if (key === 'ArrowLeft' && i === node) return previous < 0 ? node : previous;
      previous = i;
    }
    return node;
  }

  function heaviest(tree, node) {
    var best = node, most = -1, i;
    for (i = node + 1; i < tree.end[node]; i = tree.end[i])
      if (tree.total[i] > most) { most = tree.total[i]; best = i; }
    return best;
  }

  /* A list of lines for the tooltip: the first is the name. */
  function tell(tree, data, node, zoom) {
    var fn = tree.fn[node], whole = tree.samples, lines = [label(tree, data, node)];
    var place = [data.places[fn], data.modules[data.module[fn]]].filter(Boolean);
    if (node === ALL) return lines.concat('total  ' + amount(data, whole, whole));
    if (place.length) lines.push(place[0] === place[1] ? place[0] : place.join(' \u00b7 '));
    lines.push('total  ' + amount(data, tree.total[node], whole));
    if (tree.self[node]) lines.push('self  ' + amount(data, tree.self[node], whole));
    if (zoom >= 0 && node > zoom && node < tree.end[zoom])
      lines.push(percent(tree.total[node], tree.total[zoom]) + ' of ' + label(tree, data, zoom));
    return lines;
  }

  return {
    decode: decode, reversed: reversed, visible: visible, rows: rows, search: search, colour: colour, moduleColour: moduleColour, percent: percent,
    grouped: grouped, seconds: seconds, amount: amount, label: label, fit: fit, where: where, step: step, tell: tell,
    matcher: matcher, keep: keep, kept: kept, keptNode: keptNode, ALL: ALL, KEYS: KEYS
  };
})();
