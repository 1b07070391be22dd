// Random numbers, like makemore/arithmetic/random.py: a Mersenne Twister that numpy's RandomState would seed like this.

const STATE = 624; // words

// A function that returns the next integer of 32 bits. seeds: several integers of 32 bits.
function randomIntegers(seeds) {
  const state = new Uint32Array(STATE);
  const before = (i) => state[i - 1] ^ (state[i - 1] >>> 30);
  let i = 1;

  // Mixes one word after the other with the one before it. The first word is a copy of the last one.
  function pass(steps, mixed) {
    for (let step = 0; step < steps; step++) {
      state[i] = mixed(state[i], before(i), step);
      i += 1;
      if (i < STATE) continue;
      state[0] = state[STATE - 1];
      i = 1;
    }
  }

  state[0] = 19650218;
  for (let j = 1; j < STATE; j++) state[j] = Math.imul(before(j), 1812433253) + j;
  pass(Math.max(STATE, seeds.length), (word, previous, step) => {
    const place = step % seeds.length;
    return (word ^ Math.imul(previous, 1664525)) + seeds[place] + place;
  });
  pass(STATE - 1, (word, previous) => (word ^ Math.imul(previous, 1566083941)) - i);
  state[0] = 0x80000000;

  let next = STATE;
  return () => {
    if (next === STATE) {
      for (let k = 0; k < STATE; k++) {
        const joined = (state[k] & 0x80000000) | (state[(k + 1) % STATE] & 0x7fffffff);
        state[k] = state[(k + 397) % STATE] ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
      }
      next = 0;
    }
    let word = state[next++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  };
}

// So many numbers with a mean of 1: float32. integers: see above.
function exponentials(integers, count) {
  return Float32Array.from({ length: count }, () => {
    const high = integers() % 2 ** 21;
    return -log64(1 - (high * 2 ** 32 + integers()) * 2 ** -53);
  });
}
