// What Swift cannot import of OpenSSL: function-like macros, variadic casts and the generated stack accessors.
// One line each; no behaviour of our own.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// Options and flags made by macros that shift or cast
static const uint64_t isthmus_SSL_OP_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const uint64_t isthmus_SSL_OP_LEGACY_SERVER_CONNECT = SSL_OP_LEGACY_SERVER_CONNECT;
static const uint64_t isthmus_SSL_OP_NO_COMPRESSION = SSL_OP_NO_COMPRESSION;
static const uint64_t isthmus_SSL_OP_NO_TICKET = SSL_OP_NO_TICKET;
static const uint64_t isthmus_SSL_OP_CIPHER_SERVER_PREFERENCE = SSL_OP_CIPHER_SERVER_PREFERENCE;

// SSL_CTX
static inline int isthmus_SSL_CTX_set_min_proto_version(SSL_CTX *c, int v) { return (int)SSL_CTX_set_min_proto_version(c, v); }
static inline int isthmus_SSL_CTX_set1_groups_list(SSL_CTX *c, const char *s) { return (int)SSL_CTX_set1_groups_list(c, (char *)s); }
static inline int isthmus_SSL_CTX_set1_sigalgs_list(SSL_CTX *c, const char *s) { return (int)SSL_CTX_set1_sigalgs_list(c, (char *)s); }
static inline long isthmus_SSL_CTX_set_mode(SSL_CTX *c, long m) { return SSL_CTX_set_mode(c, m); }
static inline long isthmus_SSL_CTX_set_session_cache_mode(SSL_CTX *c, long m) { return SSL_CTX_set_session_cache_mode(c, m); }
static inline long isthmus_SSL_CTX_set_max_cert_list(SSL_CTX *c, long n) { return SSL_CTX_set_max_cert_list(c, n); }

// SSL
static inline int isthmus_SSL_set_host_name(SSL *s, const char *name) { return (int)SSL_set_tlsext_host_name(s, name); }

// BIO
static inline void isthmus_BIO_set_retry_read(BIO *b) { BIO_set_retry_read(b); }
static inline void isthmus_BIO_clear_retry_flags(BIO *b) { BIO_clear_retry_flags(b); }
static inline long isthmus_BIO_get_mem_data(BIO *b, char **p) { return BIO_get_mem_data(b, p); }

// Errors
static inline int isthmus_ERR_GET_REASON(unsigned long e) { return ERR_GET_REASON(e); }

// Stacks
static inline int isthmus_sk_X509_num(const STACK_OF(X509) *s) { return sk_X509_num(s); }
static inline X509 *isthmus_sk_X509_value(const STACK_OF(X509) *s, int i) { return sk_X509_value(s, i); }
static inline STACK_OF(X509) *isthmus_sk_X509_new(void) { return sk_X509_new_null(); }
static inline int isthmus_sk_X509_push(STACK_OF(X509) *s, X509 *x) { return sk_X509_push(s, x); }
static inline void isthmus_sk_X509_free(STACK_OF(X509) *s) { sk_X509_free(s); }
static inline void isthmus_sk_X509_pop_free(STACK_OF(X509) *s) { sk_X509_pop_free(s, X509_free); }
static inline int isthmus_sk_DIST_POINT_num(const CRL_DIST_POINTS *s) { return sk_DIST_POINT_num(s); }
static inline DIST_POINT *isthmus_sk_DIST_POINT_value(const CRL_DIST_POINTS *s, int i) { return sk_DIST_POINT_value(s, i); }
static inline int isthmus_sk_GENERAL_NAME_num(const GENERAL_NAMES *s) { return sk_GENERAL_NAME_num(s); }
static inline GENERAL_NAME *isthmus_sk_GENERAL_NAME_value(const GENERAL_NAMES *s, int i) { return sk_GENERAL_NAME_value(s, i); }
static inline GENERAL_NAMES *isthmus_sk_GENERAL_NAME_new(void) { return sk_GENERAL_NAME_new_null(); }
static inline int isthmus_sk_GENERAL_NAME_push(GENERAL_NAMES *s, GENERAL_NAME *n) { return sk_GENERAL_NAME_push(s, n); }
static inline STACK_OF(X509_EXTENSION) *isthmus_sk_X509_EXTENSION_new(void) { return sk_X509_EXTENSION_new_null(); }
static inline int isthmus_sk_X509_EXTENSION_push(STACK_OF(X509_EXTENSION) *s, X509_EXTENSION *x) { return sk_X509_EXTENSION_push(s, x); }
static inline int isthmus_sk_X509_EXTENSION_num(const STACK_OF(X509_EXTENSION) *s) { return sk_X509_EXTENSION_num(s); }
static inline X509_EXTENSION *isthmus_sk_X509_EXTENSION_value(const STACK_OF(X509_EXTENSION) *s, int i) { return sk_X509_EXTENSION_value(s, i); }
static inline void isthmus_sk_X509_EXTENSION_pop_free(STACK_OF(X509_EXTENSION) *s) { sk_X509_EXTENSION_pop_free(s, X509_EXTENSION_free); }

// Keys
static inline EVP_PKEY *isthmus_EVP_EC_gen(const char *curve) { return EVP_EC_gen(curve); }
static inline EVP_PKEY *isthmus_EVP_RSA_gen(unsigned int bits) { return EVP_RSA_gen(bits); }
