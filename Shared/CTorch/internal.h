// What the files of this door share.
#pragma once
#include "ctorch.h"

#include <ATen/ATen.h>

#include <cstdio>
#include <exception>
#include <new>

struct ctorch_tensor {
  at::Tensor value;  // owned: a share of it
};

namespace ctorch {

// Gives a tensor to the caller, and counts it.
ctorch_tensor* given(at::Tensor value);

// The calling thread's operations stay on it; see the header.
void keep_to_this_thread();

// Runs the body; turns whatever it throws into a code and a message.
template <typename Body>
ctorch_code guarded(ctorch_message message, Body body) noexcept {
  const auto say = [&](const char* what) {
    if (message.capacity > 0) std::snprintf(message.text, message.capacity, "%s", what);
  };
  say("");
  try {
    keep_to_this_thread();
    body();
    return CTORCH_OK;
  } catch (const std::bad_alloc&) {
    say("out of memory");
    return CTORCH_NO_MEMORY;
  } catch (const c10::Error& error) {
    say(error.what_without_backtrace());
    return CTORCH_INVALID;
  } catch (const std::exception& error) {
    say(error.what());
    return CTORCH_INVALID;
  } catch (...) {
    say("an unknown C++ exception");
    return CTORCH_INVALID;
  }
}

template <typename Body>
ctorch_code made(ctorch_tensor** result, ctorch_message message, Body body) noexcept {
  *result = nullptr;
  return guarded(message, [&] { *result = given(body()); });
}

// Uniform bits for the element of a number: SplitMix64's mixing, so that no order of drawing matters.
inline uint64_t mixed(uint64_t seed, uint64_t number) {
  uint64_t value = seed + (number + 1) * 0x9e3779b97f4a7c15ull;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
  return value ^ (value >> 31);
}

// For each element 0 (a share of them) or 1 / (1 - share).
void fill_kept(float* mask, int64_t count, double share, uint64_t seed);

}  // namespace ctorch
