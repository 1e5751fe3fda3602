// Two prompts: B's run, made here from the weights; any matrix of both beside their difference; the patch grid for any
// two tokens.

const runOfB = () => once('run of B', async () => (await once('model', loadModel)).runAwake((await findings()).compare.ids));

// Why B's run cannot be made here; null where it can: from the weights, by an arithmetic that gives the report's own run.
async function closedToB() {
  if (!hasModel) return 'B’s numbers need the weights, which are not in this file.';
  if (manifest.changed) return 'The run was changed: the page makes unchanged runs alone, so B’s numbers are not shown beside it.';
  const { good, worst, where } = await ownCheck();
  return good ? null : `Closed: the page’s own arithmetic is ${number(worst, 2)} away from the run at ${where}.`;
}

async function differencePanel(place) {
  const closed = await closedToB();
  if (closed) { note(place, closed); return; }
  const { compare } = await findings(), made = await runOfB(), others = compare.ids.length;
  const offered = [...packed.keys()].filter((name) => made[name] && packed.get(name).shape.length > 1);
  const which = make('select', { id: 'difference-tensor' }, offered.map((name) => make('option', { value: name, text: name, selected: name === `block${config.n_blocks - 1}.output` })));
  const head = make('select', { id: 'difference-head' }, Array.from({ length: heads }, (_, at) => make('option', { value: at, text: `head ${at + 1}` }))), out = make('div', { class: 'pair' });
  async function show() {
    const name = which.value, byHead = packed.get(name).shape.length === 3, square = isSquare(name);
    head.disabled = !byHead;
    const a = await matrixOf(name, byHead ? Number(head.value) : null), values = made[name], columns = square ? others : a.columns;
    const b = (row, column) => values[(byHead ? Number(head.value) * others * columns : 0) + row * columns + column];
    // rows that belong together; of what looks at tokens the columns too
    const pairs = compare.pairs, across = square ? pairs : Array.from({ length: columns }, (_, at) => [at, at]);
    const seen = (x, row, column) => square && across[column][0] > pairs[row][0] || !Number.isFinite(x) ? null : x;
    const ofA = (row, column) => seen(a.at(pairs[row][0], across[column][0]), row, column), ofB = (row, column) => seen(b(pairs[row][1], across[column][1]), row, column);
    const less = (row, column) => { const x = ofA(row, column), y = ofB(row, column); return x === null || y === null ? null : y - x; };
    let most = 1e-12, largest = 0, at = [0, 0];
    pairs.forEach((_, row) => across.forEach((__, column) => { most = Math.max(most, Math.abs(ofA(row, column) ?? 0)); const size = Math.abs(less(row, column) ?? 0); if (size > largest) [largest, at] = [size, [row, column]]; }));
    const of = (ids, side) => pairs.map((pair) => shortName(tokenText(ids[pair[side]])));
    const draw = (title, values, ids, side) => make('div', {}, make('h4', { text: title }), namedHeat(values, of(ids, side), square ? of(ids, side) : across.map(() => ''), 330, { most, sequential: sequentialTensor(name) && side !== 2, label: `${title}: ${name}`, words: (row, column) => { const x = values(row, column); return `${title}, ‘${tokenText(manifest.ids[pairs[row][0]])}’ ${pairs[row][0]} / ‘${tokenText(compare.ids[pairs[row][1]])}’ ${pairs[row][1]}, column ${across[column][0]}: ${x === null ? 'masked' : number(x)}`; } }));
    out.replaceChildren(draw('A', ofA, manifest.ids, 0), draw('B', ofB, compare.ids, 1), draw('B less A', less, manifest.ids, 0));
    place.difference = less;
    saidBelow.textContent = `On A's scale, ±${number(most, 4)}. They differ most by ${number(largest, 4)}: row ${pairs[at[0]][0]} of A, column ${across[at[1]]?.[0] ?? 0}.`;
  }
  const saidBelow = make('p', { class: 'quiet' });
  place.replaceChildren(make('div', { class: 'controls' }, make('label', {}, 'Matrix ', which), make('label', {}, 'head ', head)), saidBelow, out);
  for (const control of [which, head]) control.addEventListener('input', () => { place.done = show(); });
  await show();
}

// Every head of both, side by side; a head leads to its matrices with their difference.
async function wallsPanel(place) {
  const closed = await closedToB();
  if (closed) { note(place, closed); return; }
  const { compare } = await findings(), made = await runOfB(), others = compare.ids.length, far = [];
  const words = (ids, at, block, head, of) => (row, column) => column > row ? 'no token looks ahead' : `${of}, block ${block + 1}, head ${head + 1}: ‘${tokenText(ids[row])}’ ${row} → ‘${tokenText(ids[column])}’ ${column}: ${number(at(row, column), 4)}`;
  const rows = [];
  for (let block = 0; block < config.n_blocks; block++) {
    const name = `block${block}.attention`;
    if (!packed.has(name)) continue;
    for (let head = 0; head < heads; head++) {
      const a = await matrixOf(name, head), b = (row, column) => made[name][(head * others + row) * others + column];
      // how much of its attention a head gives otherwise, over rows that belong together
      let moved = 0;
      for (const [here, there] of compare.pairs) for (const [x, y] of compare.pairs) if (x <= here && y <= there) moved += Math.abs(a.at(here, x) - b(there, y)) / 2 / compare.pairs.length;
      far.push(moved);
      const canvas = (at, count, ids, of) => make('div', { class: 'ringed' }, heat((row, column) => column > row ? null : at(row, column), count, count, { sequential: true, label: `attention of ${of}, block ${block + 1}, head ${head + 1}`, words: words(ids, at, block, head, of) }));
      rows.push(make('figure', {}, make('div', { class: 'both' }, canvas((row, column) => a.at(row, column), tokens, manifest.ids, 'A'), canvas(b, others, compare.ids, 'B')),
        make('figcaption', {}, make('button', { type: 'button', text: `${block + 1}.${head + 1}`, 'aria-label': `block ${block + 1}, head ${head + 1}, with the difference`, onclick: async () => {
          const panel = await showPanel('difference-panel');
          byId('difference-tensor').value = name;
          byId('difference-head').value = head;
          byId('difference-head').dispatchEvent(new Event('input'));
          panel.scrollIntoView({ block: 'start' });
        } }), ` ${percent(moved)}`)));
    }
    await nextTask();
  }
  place.moved = far;
  place.replaceChildren(make('p', { class: 'quiet', text: 'Of each head A at the left, B at the right, on one scale, with the share of its attention that goes elsewhere in B (half the sum of the distances, over tokens that belong together). The name of a head leads to its matrices and their difference. ' }, make('button', { type: 'button', class: 'export', text: 'png', 'aria-label': 'attention of both as a picture', onclick: () => wallPicture([...place.querySelectorAll('canvas')], 2 * (heads === 1 ? Math.min(4, config.n_blocks) : Math.min(heads, 4))) })), make('div', { class: 'wall walls', style: `--heads:${heads === 1 ? Math.min(4, config.n_blocks) : Math.min(heads, 4)}` }, rows));
}

async function patchPanel(place) {
  const closed = await closedToB();
  if (closed) { note(place, closed); return; }
  const { compare } = await findings(), size = config.vocab_size, last = tokens - 1;
  const usual = compare.question.map(tokenText), [token, against] = usual.map((text, at) => make('input', { type: 'text', size: 10, value: text, id: at ? 'patch-against' : 'patch-token' })), said = make('span', { class: 'quiet', role: 'status' });
  const shown = byId('patch-grid'), first = [...shown.childNodes];
  let asked = 0;
  async function show() {
    const mine = ++asked, wanted = () => mine === asked, [a, b] = [idOf(token.value), idOf(against.value)];
    said.textContent = '';
    if (a < 0 || b < 0) { said.textContent = 'No such token: type one as it is written on this page.'; return; }
    if (a === compare.question[0] && b === compare.question[1]) { shown.replaceChildren(...first); return; }
    const model = await once('model', loadModel), there = await runOfB(), value = (made, row) => made.logits[row * size + a] - made.logits[row * size + b];
    const base = await model.runAwake(manifest.ids, undefined, wanted);
    if (!base) return;
    const [from, to] = [value(base, last), value(there, compare.ids.length - 1)], moved = [];
    for (const [at, name] of compare.patched.entries()) {
      said.textContent = `row ${at + 1} of ${compare.patched.length} …`;
      const [, tensorName, head] = /^(.*?)(?:\.(\d+))?$/.exec(name), row = [];
      for (const [here, other] of compare.pairs) {
        // only what lies behind the row that is put in is made anew
        const known = { made: base, block: Number(/^block(\d+)/.exec(tensorName)?.[1] ?? 0), first: here, asked: last };
        const made = await model.runAwake(manifest.ids, (tensorNow, values) => {
          if (tensorNow !== tensorName) return;
          const width = head === undefined ? values.length / tokens : dHead, source = there[tensorName];
          const [target, origin] = head === undefined ? [here * width, other * width] : [(Number(head) * tokens + here) * width, (Number(head) * compare.ids.length + other) * width];
          for (let column = 0; column < width; column++) values[target + column] = source[origin + column];
        }, wanted, known);
        if (!made) return;
        row.push((value(made, last) - from) / (to - from));
      }
      moved.push(row);
    }
    said.textContent = '';
    place.moved = moved;
    shown.replaceChildren(
      make('p', { text: `B’s row put into A: how far A’s logit of ‘${tokenText(a)}’ less that of ‘${tokenText(b)}’ then moves from A’s (${told(from)}) to B’s (${told(to)}).` }),
      scrolling('patch grid', make('table', { class: 'heat' },
        make('thead', {}, make('tr', {}, make('th', { scope: 'col', text: 'put in' }), compare.pairs.map(([here]) => make('th', { scope: 'col', class: 'glyph', 'data-position': here, text: tokenText(manifest.ids[here]) })))),
        make('tbody', {}, compare.rows.map((words, at) => make('tr', {}, make('th', { scope: 'row', text: words }), moved[at].map((x, column) => make('td', { class: x < 0 ? 'down' : 'up', 'data-position': compare.pairs[column][0], style: `--near:${Number.isFinite(x) ? Math.min(1, Math.abs(x)).toFixed(2) : 0}`, text: Math.abs(x) < 1e-9 ? '·' : told(x) }))))))));
  }
  place.replaceChildren(make('div', { class: 'controls' }, make('label', {}, 'Logit of ', token), make('label', {}, 'less that of ', against), said));
  for (const field of [token, against]) field.addEventListener('change', () => { place.done = show(); });
}
