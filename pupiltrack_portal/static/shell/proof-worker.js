// Looks for the number whose SHA-256, behind the salt, is the challenge. Written out here because
// the browser's own hashing is closed to pages that are not served over TLS, and is slower for
// many short texts.
"use strict";

const K = new Uint32Array(64);
const START = new Uint32Array(8);
(() => {
  const isPrime = (n) => {
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) return false;
    return true;
  };
  const fraction = (x) => ((x - Math.floor(x)) * 4294967296) >>> 0;
  for (let n = 2, i = 0; i < 64; n += 1) {
    if (!isPrime(n)) continue;
    if (i < 8) START[i] = fraction(Math.sqrt(n));
    K[i] = fraction(Math.cbrt(n));
    i += 1;
  }
})();

const W = new Uint32Array(64);

function addBlock(state, bytes, at) {
  for (let i = 0; i < 16; i += 1) {
    const j = at + 4 * i;
    W[i] = (bytes[j] << 24) | (bytes[j + 1] << 16) | (bytes[j + 2] << 8) | bytes[j + 3];
  }
  for (let i = 16; i < 64; i += 1) {
    const x = W[i - 15];
    const y = W[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

function sha256(text) {
  const length = text.length;
  const bytes = new Uint8Array(((length + 72) >> 6) << 6);
  for (let i = 0; i < length; i += 1) bytes[i] = text.charCodeAt(i);
  bytes[length] = 0x80;
  new DataView(bytes.buffer).setUint32(bytes.length - 4, length * 8);
  const state = START.slice();
  for (let at = 0; at < bytes.length; at += 64) addBlock(state, bytes, at);
  return state;
}

const TELL_EVERY_MS = 5000;

self.addEventListener("message", (event) => {
  const { challenge, salt, largest } = event.data;
  const wanted = [];
  for (let i = 0; i < 8; i += 1) wanted.push(parseInt(challenge.slice(8 * i, 8 * i + 8), 16));
  let told = performance.now();
  for (let number = 0; number <= largest; number += 1) {
    const found = sha256(salt + number);
    if (found[0] === wanted[0] && wanted.every((word, i) => word === found[i])) {
      self.postMessage({ number });
      return;
    }
    if (number % 10000 === 9999 && performance.now() - told > TELL_EVERY_MS) {
      told = performance.now();
      self.postMessage({ tried: number + 1 });
    }
  }
  self.postMessage({ number: null });
});
