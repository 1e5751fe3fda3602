// The live model: type, switch parts off, set a number, and see both distributions. Shut unless the page's
// own arithmetic first gives the run's numbers.

const ownCheck = () => once('own check', async () => {
  const own = byId('own-check');
  if (manifest.changed) { own.textContent = 'the run was changed: the page’s own arithmetic is not held against it'; return null; }
  const { worst, where } = await checkModel(await once('model', loadModel)), good = worst <= 1e-4;
  own.className = good ? 'good' : 'bad';
  own.textContent = (good ? '✓ ' : '✗ ') + `this page’s own arithmetic gives the run’s numbers, to ${number(worst, 2)}` + (good ? '' : ` (${where})`);
  return { worst, where, good };
});

async function livePanel(place) {
  names ??= await vocabulary();
  const model = await once('model', loadModel), check = await ownCheck();
  if (check) {
    place.worst = check.worst;
    if (!check.good) { note(place, `The live model stays shut: its arithmetic is ${number(check.worst, 2)} away from the run at ${check.where}.`); return; }
  }

  // tokens by length, longest first: greedy, as characters and words are; what is unknown is said
  const byText = new Map();
  names.forEach((text, id) => { if (!manifest.never.includes(id) && !byText.has(text)) byText.set(text, id); });
  const characters = names.filter((text, id) => !manifest.never.includes(id)).every((text) => [...text].length === 1);
  function encode(text) {
    const parts = characters ? [...text] : text.match(/[^\s]+|\n/gu) ?? [];
    const ids = [], unknown = [];
    for (const part of parts) {
      const id = byText.get(part) ?? byText.get(part.toLowerCase());
      if (id === undefined) unknown.push(part); else ids.push(id);
    }
    return { ids, unknown };
  }
  const joined = () => manifest.ids.map((id) => names[id]).join(characters ? '' : ' ');
  const text = make('input', { type: 'text', id: 'live-text', value: joined(), size: 40 });
  const off = make('select', { id: 'live-off', multiple: true, size: 6 });
  for (let block = 0; block < config.n_blocks; block++) {
    for (let head = 0; head < heads; head++) off.append(make('option', { value: `h${block}.head${head}`, text: `block ${block + 1}, head ${head + 1}` }));
    off.append(make('option', { value: `h${block}.attn`, text: `block ${block + 1}, attention` }), make('option', { value: `h${block}.mlp`, text: `block ${block + 1}, MLP` }));
  }
  const cell = make('input', { type: 'text', id: 'live-cell', placeholder: 'block0.attention.1[3,2]', size: 26 });
  const set = make('input', { type: 'number', id: 'live-set', step: 'any', placeholder: 'value' });
  const out = make('div', { 'aria-live': 'polite' });

  function changesNow(rows) {
    const parts = [...off.selectedOptions].map((option) => option.value), address = cell.value.trim() ? parseAddress(cell.value) : null;
    return (name, values) => {
      const block = /^block(\d+)\.(head_output|attention_output|ffn_output)$/.exec(name);
      if (block) for (const part of parts) {
        const [, b, kind, head] = /^h(\d+)\.(head|attn|mlp)(\d*)$/.exec(part);
        if (b !== block[1]) continue;
        if (kind === 'head' && block[2] === 'head_output') values.fill(0, Number(head) * rows * dHead, (Number(head) + 1) * rows * dHead);
        if (kind === 'attn' && block[2] === 'attention_output' || kind === 'mlp' && block[2] === 'ffn_output') values.fill(0);
      }
      if (address && name === address.tensor && set.value !== '') {
        const shape = packed.get(name).shape, each = shape.length === 3 ? (name.endsWith('head_output') ? dHead : rows) : values.length / rows;
        for (let row = 0; row < rows; row++) for (let column = 0; column < each; column++) {
          if (address.row !== '*' && row !== address.row || address.column !== '*' && column !== (shape.length === 2 && address.head !== null ? address.head * dHead + address.column : address.column)) continue;
          if (/scores$|attention$/.test(name) && column > row) continue;
          const start = shape.length === 3 ? (address.head ?? 0) * rows * each : 0;
          values[start + row * each + column] = Math.fround(Number(set.value));
        }
      }
    };
  }

  // the run of a text without changes is kept: only what is changed runs anew
  let asked = 0, known = null;
  async function show() {
    const mine = ++asked, wanted = () => mine === asked;
    const { ids, unknown } = encode(text.value);
    if (unknown.length) { out.replaceChildren(make('p', { class: 'note', text: `The model does not know ${unknown.slice(0, 5).map((part) => '‘' + visible(part) + '’').join(', ')}.` })); return; }
    if (!ids.length) { out.replaceChildren(make('p', { class: 'note', text: 'Type at least one token.' })); return; }
    if (ids.length > config.context_length) { out.replaceChildren(make('p', { class: 'note', text: `${ids.length} tokens do not fit the context of ${config.context_length}.` })); return; }
    const address = cell.value.trim();
    if (address && !parseAddress(address)) { out.replaceChildren(make('p', { class: 'note', text: `${address} is no address of this report.` })); return; }
    const size = config.vocab_size, last = (made) => made.logits.subarray((ids.length - 1) * size, ids.length * size);
    if (known?.text !== text.value) {
      const made = await model.runAwake(ids, undefined, wanted);
      if (!made) return;
      known = { text: text.value, logits: last(made) };
    }
    const made = await model.runAwake(ids, changesNow(ids.length), wanted);
    if (!made) return;
    const base = known.logits, changed = last(made);
    const share = (logits) => { let most = -Infinity; for (const x of logits) most = Math.max(most, x); const p = Array.from(logits, (x) => Math.exp(x - most)), sum = p.reduce((a, b) => a + b, 0); return p.map((x) => x / sum); };
    const p = share(base), q = share(changed);
    let bits = 0;
    p.forEach((x, id) => { if (x > 0) bits += x * Math.log2(x / Math.max(q[id], 1e-300)); });
    const ranked = (list) => list.map((x, id) => [x, id]).filter(([, id]) => !manifest.never.includes(id)).sort((a, b) => b[0] - a[0]).slice(0, 10).map(([, id]) => id);
    const ids10 = [...new Set([...ranked(p), ...ranked(q)])].sort((a, b) => Math.max(p[b], q[b]) - Math.max(p[a], q[a])).slice(0, 12);
    place.result = { base: Array.from(base), changed: Array.from(changed) };
    out.replaceChildren(
      make('p', {}, 'Unchanged: ', make('span', { class: 'token', text: tokenText(ranked(p)[0]) }), ` ${percent(p[ranked(p)[0]])}; changed: `, make('span', { class: 'token', text: tokenText(ranked(q)[0]) }), ` ${percent(q[ranked(q)[0]])}; KL(unchanged ‖ changed) ${number(Math.max(0, bits), 3)} bits.`),
      make('table', { class: 'bars two' }, make('thead', {}, make('tr', {}, ['token', 'unchanged', '', 'changed', ''].map((head) => make('th', { scope: 'col', text: head })))), make('tbody', {}, ids10.map((id) => make('tr', {}, make('th', { scope: 'row' }, make('span', { class: 'token', text: tokenText(id) })), make('td', {}, make('span', { class: 'track' }, make('i', { style: `width:${100 * p[id]}%` }))), make('td', { class: 'num', text: percent(p[id]) }), make('td', {}, make('span', { class: 'track' }, make('i', { class: 'changed', style: `width:${100 * q[id]}%` }))), make('td', { class: 'num', text: percent(q[id]) }))))));
  }
  place.replaceChildren(make('div', { class: 'controls top' }, make('label', {}, 'Text ', text), make('label', {}, 'Switched off (several with Ctrl) ', off), make('label', {}, 'Set ', cell), make('label', {}, 'to ', set)), out);
  for (const control of [text, off, cell, set]) control.addEventListener('input', () => { place.done = show(); });
  place.done = show();
  await place.done;
}
