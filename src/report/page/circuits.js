// Any score of any head as products of parts, and the hidden units of a block over the text.

async function partsPanel(place) {
  if (!hasModel) { note(place, 'The weights are not in this file, so other scores are not here.'); return; }
  const tokenOption = (at, selected) => make('option', { value: at, text: `${at} ${tokenText(manifest.ids[at])}`, selected: at === selected });
  const head = make('select', { id: 'parts-head' }, Array.from({ length: config.n_blocks * heads }, (_, at) => make('option', { value: at, text: `block ${Math.floor(at / heads) + 1}, head ${at % heads + 1}`, selected: at === config.n_blocks * heads - 1 })));
  const query = make('select', { id: 'parts-query' }, manifest.ids.map((_, at) => tokenOption(at, tokens - 1))), key = make('select', { id: 'parts-key' }, manifest.ids.map((_, at) => tokenOption(at, Math.max(0, tokens - 2)))), out = make('div');
  let asked = 0;
  async function show() {
    const mine = ++asked, [block, of, q, k] = [Math.floor(head.value / heads), head.value % heads, Number(query.value), Number(key.value)];
    if (k > q) { out.replaceChildren(make('p', { class: 'note', text: 'No token looks ahead: choose a key at the query or before it.' })); return; }
    const { names: parts, terms } = await partProducts(block, of, q, k), score = (await matrixOf(`block${block}.scores`, of)).at(q, k);
    if (mine !== asked) return;
    const all = terms.flatMap((row, a) => row.map((value, b) => ({ words: `${parts[a]} × ${parts[b]}`, value }))).filter((one) => one.value !== 0).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
    const most = Math.max(1e-12, ...all.map((one) => Math.abs(one.value))), first = all.slice(0, 12), rest = all.slice(12), short = parts.map((name) => name.replace(' embedding', '').replace(/block (\d+), head (\d+)/, 'h$1.$2').replace(/block (\d+), MLP/, 'mlp$1'));
    place.terms = terms;
    out.replaceChildren(
      make('p', {}, 'Score of ', make('bdi', { text: tokenText(manifest.ids[q]) }), ` at ${q} for `, make('bdi', { text: tokenText(manifest.ids[k]) }), ` at ${k}: `, make('strong', { text: told(score) }), `; its products sum to ${told(all.reduce((sum, one) => sum + one.value, 0))}.`),
      make('div', { class: 'big-map' },
        namedHeat((a, b) => terms[a][b], short, short, 420, { most, label: 'products of parts', words: (a, b) => `${parts[a]} × ${parts[b]}: ${number(terms[a][b], 4)}` }),
        termList(first.map((one) => [one.words, one.value]), [rest.length, rest.reduce((sum, one) => sum + one.value, 0)], '')));
  }
  place.replaceChildren(make('div', { class: 'controls' }, make('label', {}, 'Head ', head), make('label', {}, 'query ', query), make('label', {}, 'key ', key)), make('p', { class: 'quiet', text: 'Rows are parts of the query, columns parts of the key.' }), out);
  for (const control of [head, query, key]) control.addEventListener('input', () => { place.done = show(); });
  await show();
}

// Positions × units, those with the largest direct share first.
async function unitsPanel(place) {
  if (!hasModel || !packed.has('block0.ffn_hidden')) { note(place, 'What this needs of the run or the weights is not in this file.'); return; }
  const why = (await findings()).why.at(-1), block = make('select', { id: 'units-block' }, Array.from({ length: config.n_blocks }, (_, at) => make('option', { value: at, text: `block ${at + 1}`, selected: at === config.n_blocks - 1 }))), out = make('div');
  let asked = 0;
  async function show() {
    const mine = ++asked, at = Number(block.value), units = (await unitShares(why.token, why.against, tokens - 1, at)).slice(0, 160), hidden = await matrixOf(`block${at}.ffn_hidden`, null);
    if (mine !== asked) return;
    const of = (row, column) => hidden.at(row, units[column].unit);
    let most = 1e-12;
    for (let row = 0; row < tokens; row++) units.forEach((_, column) => { most = Math.max(most, Math.abs(of(row, column))); });
    place.units = units;
    const every = Math.max(1, Math.ceil(tokens / 40));
    out.replaceChildren(make('p', { class: 'quiet', text: `Rows are positions, columns the ${units.length} units with the largest direct share in ‘${tokenText(why.token)}’ against ‘${tokenText(why.against)}’ at the last position, the largest first: ${units.slice(0, 8).map((one) => one.unit).join(', ')} … Activations, ±${number(most, 3)}; click for the number.` }),
      namedHeat(of, manifest.ids.map((id, row) => row % every ? '' : shortName(tokenText(id))), units.map(() => ''), 1000, { most, label: `activations of block ${at + 1}`, words: (row, column) => `unit ${units[column].unit} (share ${number(units[column].share, 3)}) at ‘${tokenText(manifest.ids[row])}’ ${row}: ${number(of(row, column), 4)}`, onclick: (row, column) => { location.hash = `#block${at}.ffn_hidden[${row},${units[column].unit}]`; } }, every));
  }
  place.replaceChildren(make('div', { class: 'controls' }, make('label', {}, 'Units of ', block)), out);
  block.addEventListener('input', () => { place.done = show(); });
  await show();
}

// What any token writes through any head: on a model of few tokens all pairs, else the prompt's tokens.
async function writesPanel(place) {
  if (!hasModel) { note(place, 'The weights are not in this file, so what other tokens would write is not here.'); return; }
  const size = config.vocab_size, every = Array.from({ length: size }, (_, id) => id).filter((id) => !manifest.never.includes(id));
  const few = size <= 512 ? every : [...new Set(manifest.ids)], lots = size <= 512 ? 10 : 20;
  const headName = (at) => `block ${Math.floor(at / heads) + 1}, head ${at % heads + 1}`, count = config.n_blocks * heads;
  const head = make('select', { id: 'ov-head' }, Array.from({ length: count }, (_, at) => make('option', { value: at, text: headName(at) })));
  const token = make('input', { type: 'text', id: 'ov-token', size: 10, value: tokenText(manifest.ids.at(-1)) }), source = make('input', { type: 'range', id: 'ov-source', min: 0, max: config.context_length - 1, value: tokens - 1 });
  const target = make('select', { id: 'ov-target' }, manifest.ids.map((id, at) => make('option', { value: at, text: `${at} ${tokenText(id)}`, selected: at === tokens - 1 }))), out = make('div', { 'aria-live': 'polite' }), copies = make('div');
  const ranked = (effect) => every.slice().sort((a, b) => effect[b] - effect[a]);
  const ownPlace = (effect, id) => 1 + every.reduce((above, other) => above + (effect[other] > effect[id]), 0);
  let asked = 0;
  async function show() {
    const mine = ++asked, block = Math.floor(head.value / heads), of = await writesOf(block, head.value % heads, Number(source.value), Number(target.value));
    if (mine !== asked) return;
    const effects = new Map(few.map((id) => [id, of(id)]));
    const draw = (id) => {
      const effect = effects.get(id) ?? of(id), order = ranked(effect), most = Math.max(1e-12, ...order.map((other) => Math.abs(effect[other])));
      const list = (title, ids) => make('div', {}, make('h4', { text: title }), withCsv(make('table', { class: 'bars narrow' }, make('tbody', {}, ids.map((other) => make('tr', {}, make('th', { scope: 'row' }, make('bdi', { text: tokenText(other) })), make('td', {}, make('span', { class: 'track' }, make('i', { class: effect[other] < 0 ? 'down' : 'up', style: `width:${100 * Math.abs(effect[other]) / most}%` }))), make('td', { class: 'num', text: told(effect[other]) }))))), title));
      lists.replaceChildren(make('p', {}, make('bdi', { text: tokenText(id) }), ` at ${source.value}, if ${headName(head.value)} looked at nothing else: of ${every.length} logits its own has place ${ownPlace(effect, id)} among those that rise.`), make('div', { class: 'pair' }, list('raises most', order.filter((one) => effect[one] > 0).slice(0, lots)), list('lowers most', order.filter((one) => effect[one] < 0).slice(-lots).reverse())));
      place.effect = effect;
    };
    const lists = make('div'), id = idOf(token.value), largest = Math.max(1e-12, ...[...effects.values()].map((effect) => every.reduce((most, other) => Math.max(most, Math.abs(effect[other])), 0)));
    if (id < 0) lists.replaceChildren(make('p', { class: 'note', text: 'No such token: type one as it is written on this page.' })); else draw(id);
    const mean = few.reduce((sum, one) => sum + ownPlace(effects.get(one), one), 0) / few.length;
    place.copies = mean;
    const rowNames = thinned(few);
    // of a large vocabulary a line for each token of the text
    const ofText = () => {
      const chips = (ids, effect) => make('td', {}, ids.flatMap((other) => [make('bdi', { title: told(effect[other]), text: tokenText(other) }), ' ']));
      const table = make('table', { class: 'sortable' }, heading(['looks at', 'own place', 'raises most', 'lowers most']), make('tbody', {}, few.map((one) => { const effect = effects.get(one), order = ranked(effect); return make('tr', {}, make('th', { scope: 'row' }, make('bdi', { text: tokenText(one) })), make('td', { class: 'num', text: ownPlace(effect, one) }), chips(order.slice(0, lots), effect), chips(order.slice(-lots).reverse(), effect)); })));
      sortable(table);
      return make('div', {}, scrolling('what is written from the tokens of this text', table), csvButton(table, 'written-from-the-text'));
    };
    out.replaceChildren(
      make('p', { class: 'quiet', text: (block === 0 ? 'What enters the first block is a token and its position, so what the head reads is exact here.' : 'An approximation: what enters this block hangs on the whole text; here it is the token’s own embedding alone, as if no block before had written anything.') + ` The divisors of later norms are held as they are at position ${target.value} of this run, b_V is left out, and later parts that would read it are not followed.` }),
      lists,
      make('p', {}, size <= 512 ? 'All pairs: rows are what is looked at, columns the logits. ' : 'The tokens of this text, each looked at alone. ', make('strong', { text: `Mean own place ${number(mean, 3)} of ${every.length}` }), `; a head that copies is near 1, chance is ${number((every.length + 1) / 2, 3)}.`),
      size <= 512 ? namedHeat((a, b) => effects.get(few[a])[every[b]], rowNames, rowNames, 620, { most: largest, label: `what ${headName(head.value)} writes`, words: (a, b) => `looking at ‘${tokenText(few[a])}’: logit of ‘${tokenText(every[b])}’ ${number(effects.get(few[a])[every[b]], 4)}`, onclick: (a) => { token.value = tokenText(few[a]); draw(few[a]); } }, everyOf(few)) : ofText());
  }
  // how much every head copies, one head after the other, so that the page stays awake
  async function compareHeads() {
    const rows = make('tbody'), table = make('table', { class: 'sortable' }, heading(['head', 'mean own place', 'raised most by itself']), rows);
    copies.replaceChildren(scrolling('how much heads copy', table), csvButton(table, 'copying'));
    sortable(table);
    for (let at = 0; at < count; at++) {
      const of = await writesOf(Math.floor(at / heads), at % heads, Number(source.value), Number(target.value)), own = few.map((id) => ownPlace(of(id), id));
      rows.append(make('tr', {}, make('th', { scope: 'row', text: headName(at) }), make('td', { class: 'num', text: number(own.reduce((a, b) => a + b, 0) / own.length, 4) }), make('td', { class: 'num', text: `${own.filter((one) => one === 1).length} of ${own.length}` })));
      await nextTask();
    }
  }
  const all = make('details', {}, make('summary', { text: 'How much each head copies' }), copies);
  all.addEventListener('toggle', () => { if (all.open) place.copying = compareHeads(); });
  place.replaceChildren(make('div', { class: 'controls' }, make('label', {}, 'Head ', head), make('label', {}, 'looks at ', token), make('label', {}, 'at position ', source), make('label', {}, 'effect at ', target)), out, all);
  for (const control of [head, source, target]) control.addEventListener('input', () => { place.done = show(); if (all.open && control !== head) place.copying = compareHeads(); });
  token.addEventListener('change', () => { place.done = show(); });
  await show();
}
