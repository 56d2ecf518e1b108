#ifndef ISTHMUS_XML_COLLECTOR_H
#define ISTHMUS_XML_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Collects what expat reports into flat tokens and one arena of text, so that Swift is called once per read and not once
 * per tag. Names of a vocabulary are handed over as numbers. Everything a peer can make large is counted here. */

/* What a token is. */
enum {
    XMLC_NAMESPACE = 1, /* a declaration on the root element; name: prefix, value: URI. Precedes its XMLC_START. */
    XMLC_START = 2,
    XMLC_ATTRIBUTE = 3, /* follows the XMLC_START it belongs to */
    XMLC_TEXT = 4,
    XMLC_END = 5,
};

/* Why collecting ended. */
enum {
    XMLC_OK = 0,
    XMLC_NOT_WELL_FORMED,
    XMLC_RESTRICTED,
    XMLC_UNSUPPORTED_ENCODING,
    XMLC_TOO_MANY_BYTES,
    XMLC_TOO_MANY_ELEMENTS,
    XMLC_TOO_MANY_ATTRIBUTES,
    XMLC_TOO_DEEP,
    XMLC_TEXT_TOO_LONG,
    XMLC_STREAM_TOO_LONG,
    XMLC_OUT_OF_MEMORY,
};

typedef struct {
    uint16_t kind;
    uint16_t name;         /* number of the name in the vocabulary; 0: the name is text, "namespace \x01 name" or "name" */
    uint32_t name_offset;  /* in the arena */
    uint32_t name_length;
    uint32_t value_offset;
    uint32_t value_length;
    uint32_t depth;        /* of the element the token belongs to; 1: the root */
    uint32_t end;          /* XMLC_END only: bytes of this feed up to and including the end tag */
} xmlc_token;

typedef struct {
    uint64_t bytes;         /* of a document; of one element below a stream's root */
    uint32_t elements;
    uint32_t attributes;
    uint32_t depth;
    uint32_t text;
    uint64_t stream_bytes;  /* of everything; UINT64_MAX for no limit */
    uint64_t memory;        /* held at a time, expat's included */
} xmlc_limits;

typedef struct xmlc_vocabulary xmlc_vocabulary;
typedef struct xmlc_collector xmlc_collector;

/* A vocabulary of `count` names ("namespace \x01 name"), one after the other, each ended by a zero byte. The first gets the
 * number 1. It is read-only once made. */
xmlc_vocabulary *_Nullable xmlc_vocabulary_create(const char *_Nonnull names, uint16_t count);
void xmlc_vocabulary_free(xmlc_vocabulary *_Nonnull vocabulary);

/* `is_stream`: bytes and elements are counted anew for each element below the root. */
xmlc_collector *_Nullable xmlc_create(const xmlc_vocabulary *_Nonnull vocabulary, xmlc_limits limits, bool is_stream);
void xmlc_free(xmlc_collector *_Nonnull collector);

/* Begins a new document; what was fed before is forgotten. */
bool xmlc_restart(xmlc_collector *_Nonnull collector, xmlc_limits limits);
void xmlc_set_limits(xmlc_collector *_Nonnull collector, xmlc_limits limits);
/* Counts the bytes of the whole document (`stream_bytes`) from here. */
void xmlc_renew_stream_bytes(xmlc_collector *_Nonnull collector);

/* Parses `length` bytes. The tokens are valid until the next call, also after a failure: they are what came before it. */
int xmlc_feed(xmlc_collector *_Nonnull collector, const uint8_t *_Nullable bytes, size_t length, bool is_final);

/* Forgets the tokens of the last feed, and the room for them where it is small: a stream that is quiet holds none. */
void xmlc_rest(xmlc_collector *_Nonnull collector);

/* Bytes held now: expat's, the tokens' and the arena's. */
size_t xmlc_memory(const xmlc_collector *_Nonnull collector);

const xmlc_token *_Nullable xmlc_tokens(const xmlc_collector *_Nonnull collector);
size_t xmlc_token_count(const xmlc_collector *_Nonnull collector);
const uint8_t *_Nullable xmlc_arena(const xmlc_collector *_Nonnull collector);

#endif
