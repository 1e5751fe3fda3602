// The lens: shades, what a cell would say, and how tokens rise and fall at a position.

function lensTable(table) {
  const kind = table.dataset.lens, of = async () => { const found = await findings(); return kind === 'fitted' ? found.fitted[0] : found.lens; };
  const firstCell = () => 1 + table.tBodies[0].rows[0].querySelectorAll('.trust').length;
  const cellAt = (event) => { const cell = event.target.closest('td:not(.trust)'); return cell && { stage: cell.parentElement.rowIndex - 1, at: cell.cellIndex - firstCell() }; };
  const place = make('div', { class: 'rise' }), shade = make('select', {}, [['nearness', 'nearness to the final distribution'], ['probability', 'probability of the final token'], ['rank', 'rank of the final token']].map(([value, text]) => make('option', { value, text })));
  const position = make('select', {}, manifest.ids.map((id, at) => make('option', { value: at, text: String(at), selected: at === tokens - 1 })));
  table.closest('.scroll').before(make('div', { class: 'controls' }, make('label', {}, 'Shade ', shade)));
  table.closest('.scroll').after(make('div', { class: 'controls' }, make('label', {}, 'Rise and fall at position ', position)), place);

  async function paint() {
    const lens = await of(), first = firstCell(), size = Math.log(config.vocab_size);
    const near = { nearness: (stage, at) => 1 - lens.divergence[stage][at] / (lens.uniform || 1), probability: (stage, at) => lens.probabilities[stage][at][0], rank: (stage, at) => 1 - Math.log(1 + lens.rank[stage][at]) / size }[shade.value];
    [...table.tBodies[0].rows].forEach((row, stage) => lens.positions.forEach((_, at) => row.cells[first + at].style.setProperty('--near', Math.max(0, Math.min(1, near(stage, at))).toFixed(2))));
  }
  // a line for each token that is the likeliest somewhere: its probability, stage by stage, on an axis of powers of ten
  async function draw(where, stage = null) {
    names ??= await vocabulary();
    const lens = await of(), at = lens.positions.indexOf(where);
    if (at < 0) { note(place, `The lens does not look at position ${where}: the model is large.`); return; }
    table.position = where;
    position.value = where;
    const width = Math.max(330, Math.min(760, table.closest('section').clientWidth - 10)), height = 230, left = 46, right = 70, stages = lens.stages.length, low = 1e-6;
    const x = (stage) => left + (width - left - right) * stage / Math.max(1, stages - 1), y = (p) => 12 + (height - 44) * Math.log10(Math.max(low, Math.min(1, p))) / Math.log10(low);
    const svg = make('svg', { viewBox: `0 0 ${width} ${height}`, width, height, class: 'lines', role: 'img', 'aria-label': `probabilities at position ${where}, stage by stage` });
    for (let power = 0; power >= -6; power -= 2) svg.append(make('line', { class: 'zero', x1: left, x2: width - right, y1: y(10 ** power), y2: y(10 ** power) }), make('text', { x: left - 6, y: y(10 ** power) + 4, 'text-anchor': 'end', text: { 0: '1', '-2': '10⁻²', '-4': '10⁻⁴', '-6': '10⁻⁶' }[power] }));
    svg.append(make('text', { x: left, y: height - 6, text: lens.stages[0] }), make('text', { x: width - right, y: height - 6, 'text-anchor': 'end', text: lens.stages.at(-1) }));
    const came = manifest.ids[where + 1] ?? manifest.drawn, ends = [];
    lens.followed[at].map((id, which) => ({ id, list: lens.probabilities.map((stage) => stage[at][which]) })).filter(({ id }, index, all) => all.findIndex((one) => one.id === id) === index).forEach(({ id, list }, which) => {
      svg.append(make('polyline', { class: which === 0 ? 'final' : id === came ? 'came' : 'other', points: list.map((p, stage) => `${x(stage).toFixed(1)},${y(p).toFixed(1)}`).join(' ') }, make('title', { text: `${tokenText(id)}: ${list.map((p) => percent(p)).join(', ')}` })));
      let end = y(list.at(-1)) + 4;
      while (ends.some((other) => Math.abs(other - end) < 12)) end += 12;
      ends.push(end);
      if (end < height - 4) svg.append(make('text', { x: width - right + 6, y: end, text: shortName(tokenText(id)) }));
    });
    const words = stage === null ? null : make('p', {}, `After ${lens.stages[stage]}, behind ‘${tokenText(manifest.ids[where])}’ at ${where}: `, lens.top[stage][at].flatMap((guess) => [make('bdi', { text: tokenText(guess.id) }), ` ${percent(guess.value)}  `]), `· KL to the end ${told(lens.divergence[stage][at])} nats, rank of the final token ${lens.rank[stage][at] + 1}. `, make('a', { href: `#${lens.tensors[stage]}[${where},*]`, text: 'its numbers' }));
    place.replaceChildren(...[words, svg, make('p', { class: 'quiet', text: `Thick: the final token${came !== lens.followed[at][0] ? '; dashed: the one that came' : ', which came'}. Below 10⁻⁶ a line lies on the edge.` }), exportButton(svg, `lens-${kind}-at-${where}`)].filter(Boolean));
  }
  const go = (where, stage) => { history.replaceState(null, '', `#lens?kind=${kind}&t=${where}`); return draw(where, stage); };
  table.at = (where) => draw(Math.max(0, Math.min(tokens - 1, where || 0)));
  table.addEventListener('pointermove', async (event) => {
    const here = cellAt(event);
    if (!here) { hideTip(); return; }
    const lens = await of();
    showTip(lens.top[here.stage][here.at].map((guess) => `${tokenText(guess.id)} ${percent(guess.value)}`).join('  ') + `  KL ${number(lens.divergence[here.stage][here.at], 3)}`, event.clientX, event.clientY);
  });
  table.addEventListener('pointerleave', hideTip);
  table.addEventListener('click', async (event) => { const here = cellAt(event); if (here) await go((await of()).positions[here.at], here.stage); });
  shade.addEventListener('input', paint);
  position.addEventListener('input', () => go(Number(position.value)));
  const seen = new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) { seen.disconnect(); if (table.position === undefined) draw(tokens - 1).catch((error) => console.error(error)); } }, { rootMargin: '300px' });
  seen.observe(table);
}
