// The draw, as the program makes it: ChaCha8 keyed by the seed, one stream a step; temperature, top-k,
// top-p; shares end to end in the order of their ids.

function uniform(seed, step) {
  const rotate = (x, bits) => ((x << bits) | (x >>> (32 - bits))) >>> 0;
  const low = (x) => Number(BigInt.asUintN(32, x)), high = (x) => Number(BigInt.asUintN(32, x >> 32n));
  const start = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, low(seed), high(seed), 0, 0, 0, 0, 0, 0, 0, 0, low(step), high(step)];
  const s = start.slice();
  const quarter = (a, b, c, d) => {
    s[a] = (s[a] + s[b]) >>> 0; s[d] = rotate(s[d] ^ s[a], 16);
    s[c] = (s[c] + s[d]) >>> 0; s[b] = rotate(s[b] ^ s[c], 12);
    s[a] = (s[a] + s[b]) >>> 0; s[d] = rotate(s[d] ^ s[a], 8);
    s[c] = (s[c] + s[d]) >>> 0; s[b] = rotate(s[b] ^ s[c], 7);
  };
  for (let round = 0; round < 8; round += 2) {
    quarter(0, 4, 8, 12); quarter(1, 5, 9, 13); quarter(2, 6, 10, 14); quarter(3, 7, 11, 15);
    quarter(0, 5, 10, 15); quarter(1, 6, 11, 12); quarter(2, 7, 8, 13); quarter(3, 4, 9, 14);
  }
  const words = [0, 1].map((at) => BigInt((s[at] + start[at]) >>> 0));
  return Number(((words[1] << 32n) | words[0]) >> 11n) / 2 ** 53;
}

// {id, u, begin, end, shares: [[id, share]…]}; `logits` is an array, ids in `never` are not drawn.
function drawToken(logits, { temperature, topK, topP, seed, step = 0n }, never) {
  let ranked = [];
  for (let id = 0; id < logits.length; id++) if (!never.includes(id) && !Number.isNaN(logits[id])) ranked.push(id);
  ranked.sort((a, b) => logits[b] - logits[a] || a - b);
  const likeliest = ranked[0];
  if (temperature === 0) return { id: likeliest, u: null, begin: 0, end: 1, shares: [[likeliest, 1]] };
  const t = Math.fround(temperature), scaled = (id) => logits[id] / t;
  if (topK) ranked = ranked.slice(0, topK);
  let weights = ranked.map((id) => Math.exp(scaled(id) - scaled(likeliest)));
  if (topP) {
    const wanted = Math.fround(topP) * weights.reduce((a, b) => a + b, 0);
    let reached = 0, kept = weights.length;
    for (let at = 0; at < weights.length; at++) {
      reached += weights[at];
      if (reached >= wanted) { kept = at + 1; break; }
    }
    weights = weights.slice(0, kept);
    ranked = ranked.slice(0, kept);
  }
  const total = weights.reduce((a, b) => a + b, 0);
  const shares = ranked.map((id, at) => [id, weights[at] / total]);
  const u = uniform(seed, step);
  let id = likeliest, begin = 0, end = 0;
  for (const [next, share] of shares.slice().sort((a, b) => a[0] - b[0])) {
    if (share <= 0) continue;
    [id, begin] = [next, end];
    end += share;
    if (u < end) break;
  }
  if (u >= end) end = 1;
  return { id, u, begin, end, shares };
}
