/* SN_SANITIZED is 1 in a build with a sanitizer that watches memory (address, memory or thread), else 0. gcc and clang
 * each have their own way to ask. */
#ifndef SN_BASE_SANITIZER_H
#define SN_BASE_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer)
#define SN_SANITIZED 1
#endif
#endif
#ifndef SN_SANITIZED
#define SN_SANITIZED 0
#endif

#endif
