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
