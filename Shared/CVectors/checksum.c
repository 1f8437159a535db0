// XXH64 after its specification; see include/cvectors.h.
#include <string.h>

#include "cvectors.h"

static const uint64_t P1 = 0x9E3779B185EBCA87u, P2 = 0xC2B2AE3D27D4EB4Fu, P3 = 0x165667B19E3779F9u,
                      P4 = 0x85EBCA77C2B2AE63u, P5 = 0x27D4EB2F165667C5u;

static uint64_t turned(uint64_t value, int by) { return value << by | value >> (64 - by); }

static uint64_t word(const uint8_t* at) {
  uint64_t value;
  memcpy(&value, at, 8);
  return value;
}

static uint64_t mixed(uint64_t sum, uint64_t input) { return turned(sum + input * P2, 31) * P1; }

static uint64_t merged(uint64_t hash, uint64_t sum) { return (hash ^ mixed(0, sum)) * P1 + P4; }

uint64_t cvectors_checksum(const void* bytes, size_t count) {
  const uint8_t *at = bytes, *end = at + count;
  uint64_t hash = P5;
  if (count >= 32) {
    uint64_t a = P1 + P2, b = P2, c = 0, d = 0 - P1;
    for (; end - at >= 32; at += 32) {
      a = mixed(a, word(at));
      b = mixed(b, word(at + 8));
      c = mixed(c, word(at + 16));
      d = mixed(d, word(at + 24));
    }
    hash = turned(a, 1) + turned(b, 7) + turned(c, 12) + turned(d, 18);
    hash = merged(merged(merged(merged(hash, a), b), c), d);
  }
  hash += count;
  for (; end - at >= 8; at += 8) hash = turned(hash ^ mixed(0, word(at)), 27) * P1 + P4;
  if (end - at >= 4) {
    uint32_t half;
    memcpy(&half, at, 4);
    hash = turned(hash ^ half * P1, 23) * P2 + P3;
    at += 4;
  }
  for (; at < end; ++at) hash = turned(hash ^ *at * P5, 11) * P1;
  hash = (hash ^ hash >> 33) * P2;
  hash = (hash ^ hash >> 29) * P3;
  return hash ^ hash >> 32;
}
