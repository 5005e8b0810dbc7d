// sanitized.h: whether this is built with AddressSanitizer or ThreadSanitizer, which make a program
// some ten times slower: tests do less there.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TOUCHSTONE_IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TOUCHSTONE_IS_SANITIZED true
#endif
#endif
#ifndef TOUCHSTONE_IS_SANITIZED
#define TOUCHSTONE_IS_SANITIZED false
#endif

namespace touchstone {

inline constexpr bool is_sanitized = TOUCHSTONE_IS_SANITIZED;

}  // namespace touchstone

#undef TOUCHSTONE_IS_SANITIZED
