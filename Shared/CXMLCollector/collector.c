#include "CXMLCollector.h"

#include <expat.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* No XML 1.0 document can contain it, escaped or not: it cannot be smuggled into a namespace (CVE-2022-25236). */
#define SEPARATOR '\x01'

/* Room kept between feeds; what one large stanza needed is given back. */
#define KEPT_TOKENS 256
#define KEPT_ARENA 8192
/* Room that is made first, and that a quiet stream does not keep: most streams are quiet. */
#define FIRST_TOKENS 64
#define FIRST_ARENA 1024
/* What a parser holds at most between the elements of a stream. Expat never gives back the room that a large stanza needed, and
 * remembers every name it has ever seen: a peer that makes up names would fill the memory. */
#define KEPT_PARSER 65536

struct xmlc_vocabulary {
    uint32_t mask;
    uint16_t *slots;
    uint16_t count;
    char **names;
    uint32_t *lengths;
};

struct xmlc_collector {
    XML_Parser parser;
    const xmlc_vocabulary *vocabulary;
    xmlc_limits limits;
    bool is_stream;
    int failure;

    xmlc_token *tokens;
    size_t token_count, token_room;
    uint8_t *arena;
    size_t arena_used, arena_room;

    uint32_t depth;
    uint32_t elements;   /* in the current top-level element */
    uint64_t total;      /* bytes of the stream */
    uint64_t fed;        /* bytes that the parser has had before the current feed */
    uint64_t boundary;   /* where the current top-level element began to be counted */
    bool in_text;        /* the last token is text that may go on */
    uint64_t text;       /* bytes of the text that may go on, with those of earlier feeds */

    size_t held;         /* by expat */
    uint8_t *root;       /* the start tag of a stream's root, as it came */
    size_t root_length;
};

/* Memory */

static size_t memory(const xmlc_collector *collector) {
    return collector->held + collector->token_room * sizeof *collector->tokens + collector->arena_room
        + collector->root_length;
}

/* Whether `more` bytes may be held. */
static bool has_room(const xmlc_collector *collector, size_t more) {
    return more <= collector->limits.memory && memory(collector) <= collector->limits.memory - more;
}

/* Whose parser is at work on this thread: expat tells its allocator nothing. Each allocation lies behind its size. */
static _Thread_local xmlc_collector *working;

typedef union {
    size_t size;
    max_align_t alignment;
} block;

static void *expat_realloc(void *pointer, size_t size) {
    block *old = pointer ? (block *)pointer - 1 : NULL;
    size_t before = old ? old->size : 0;
    if (size > SIZE_MAX - sizeof(block)) return NULL;
    if (size > before && !has_room(working, size - before)) return NULL;
    block *made = realloc(old, size + sizeof *made);
    if (!made) return NULL;
    made->size = size;
    working->held = working->held - before + size;
    return made + 1;
}

static void *expat_malloc(size_t size) { return expat_realloc(NULL, size); }

static void expat_free(void *pointer) {
    if (!pointer) return;
    block *old = (block *)pointer - 1;
    working->held -= old->size;
    free(old);
}

static XML_Parser make_parser(xmlc_collector *collector) {
    static const XML_Memory_Handling_Suite suite = {expat_malloc, expat_realloc, expat_free};
    static const XML_Char separator[] = {SEPARATOR, 0};
    working = collector;
    return XML_ParserCreate_MM("UTF-8", &suite, separator);
}

static void free_parser(xmlc_collector *collector, XML_Parser parser) {
    working = collector;
    XML_ParserFree(parser);
}

/* Vocabulary */

static uint32_t hash_name(const char *name, size_t length) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (uint8_t)name[i]) * 16777619u;
    return hash;
}

xmlc_vocabulary *xmlc_vocabulary_create(const char *names, uint16_t count) {
    xmlc_vocabulary *vocabulary = calloc(1, sizeof *vocabulary);
    if (!vocabulary) return NULL;
    uint32_t size = 64;
    while (size < 4u * count) size *= 2;
    vocabulary->mask = size - 1;
    vocabulary->slots = calloc(size, sizeof *vocabulary->slots);
    vocabulary->names = calloc(count ? count : 1, sizeof *vocabulary->names);
    vocabulary->lengths = calloc(count ? count : 1, sizeof *vocabulary->lengths);
    if (!vocabulary->slots || !vocabulary->names || !vocabulary->lengths) {
        xmlc_vocabulary_free(vocabulary);
        return NULL;
    }
    for (uint16_t i = 0; i < count; i++) {
        size_t length = strlen(names);
        vocabulary->names[i] = strdup(names);
        if (!vocabulary->names[i]) {
            xmlc_vocabulary_free(vocabulary);
            return NULL;
        }
        vocabulary->count = i + 1;
        vocabulary->lengths[i] = (uint32_t)length;
        uint32_t slot = hash_name(names, length) & vocabulary->mask;
        while (vocabulary->slots[slot]) slot = (slot + 1) & vocabulary->mask;
        vocabulary->slots[slot] = i + 1;
        names += length + 1;
    }
    return vocabulary;
}

void xmlc_vocabulary_free(xmlc_vocabulary *vocabulary) {
    for (uint16_t i = 0; i < vocabulary->count; i++) free(vocabulary->names[i]);
    free(vocabulary->names);
    free(vocabulary->lengths);
    free(vocabulary->slots);
    free(vocabulary);
}

static uint16_t look_up(const xmlc_vocabulary *vocabulary, const char *name, size_t length) {
    uint32_t slot = hash_name(name, length) & vocabulary->mask;
    uint16_t number;
    while ((number = vocabulary->slots[slot])) {
        if (vocabulary->lengths[number - 1] == length && !memcmp(vocabulary->names[number - 1], name, length)) return number;
        slot = (slot + 1) & vocabulary->mask;
    }
    return 0;
}

/* Collecting */

static void fail(xmlc_collector *collector, int failure) {
    if (collector->failure == XMLC_OK) collector->failure = failure;
    XML_StopParser(collector->parser, XML_FALSE);
}

static xmlc_token *add_token(xmlc_collector *collector, uint16_t kind) {
    if (collector->token_count == collector->token_room) {
        size_t room = collector->token_room ? collector->token_room * 2 : FIRST_TOKENS;
        bool fits = has_room(collector, (room - collector->token_room) * sizeof(xmlc_token));
        xmlc_token *tokens = fits ? realloc(collector->tokens, room * sizeof *tokens) : NULL;
        if (!tokens) {
            fail(collector, XMLC_OUT_OF_MEMORY);
            return NULL;
        }
        collector->tokens = tokens;
        collector->token_room = room;
    }
    xmlc_token *token = &collector->tokens[collector->token_count++];
    memset(token, 0, sizeof *token);
    token->kind = kind;
    token->depth = collector->depth;
    return token;
}

static bool add_bytes(xmlc_collector *collector, const char *bytes, size_t length, uint32_t *offset) {
    if (collector->arena_used + length > collector->arena_room) {
        size_t room = collector->arena_room ? collector->arena_room : FIRST_ARENA;
        while (room < collector->arena_used + length) room *= 2;
        bool fits = room <= UINT32_MAX && has_room(collector, room - collector->arena_room);
        uint8_t *arena = fits ? realloc(collector->arena, room) : NULL;
        if (!arena) {
            fail(collector, XMLC_OUT_OF_MEMORY);
            return false;
        }
        collector->arena = arena;
        collector->arena_room = room;
    }
    if (length) memcpy(collector->arena + collector->arena_used, bytes, length);
    if (offset) *offset = (uint32_t)collector->arena_used;
    collector->arena_used += length;
    return true;
}

static bool add_name(xmlc_collector *collector, xmlc_token *token, const char *name) {
    size_t length = strlen(name);
    token->name = look_up(collector->vocabulary, name, length);
    if (token->name) return true;
    token->name_length = (uint32_t)length;
    return add_bytes(collector, name, length, &token->name_offset);
}

/* Expat may deliver an event after it was told to stop (the end of an empty element): nothing more is collected then. */
static bool has_ended(const xmlc_collector *collector) { return collector->failure != XMLC_OK; }

static bool is_too_long(xmlc_collector *collector, uint64_t position) {
    if (position - collector->boundary > collector->limits.bytes) {
        fail(collector, XMLC_TOO_MANY_BYTES);
        return true;
    }
    return false;
}

static void on_namespace(void *data, const XML_Char *prefix, const XML_Char *uri) {
    xmlc_collector *collector = data;
    if (has_ended(collector) || collector->depth != 0) return;
    xmlc_token *token = add_token(collector, XMLC_NAMESPACE);
    if (!token) return;
    token->name_length = prefix ? (uint32_t)strlen(prefix) : 0;
    token->value_length = uri ? (uint32_t)strlen(uri) : 0;
    add_bytes(collector, prefix, token->name_length, &token->name_offset)
        && add_bytes(collector, uri, token->value_length, &token->value_offset);
}

/* Keeps the start tag of a stream's root, with which a new parser can take over. */
static void keep_root(xmlc_collector *collector) {
    int offset = 0, size = 0;
    const char *input = XML_GetInputContext(collector->parser, &offset, &size);
    int length = XML_GetCurrentByteCount(collector->parser);
    if (!input || length <= 0 || length > size - offset) return;
    uint8_t *root = malloc((size_t)length);
    if (!root) return;
    memcpy(root, input + offset, (size_t)length);
    free(collector->root);
    collector->root = root;
    collector->root_length = (size_t)length;
}

static void on_start(void *data, const XML_Char *name, const XML_Char **attributes) {
    xmlc_collector *collector = data;
    if (has_ended(collector)) return;
    collector->in_text = false;
    collector->text = 0;
    collector->depth++;
    if (collector->depth > collector->limits.depth) return fail(collector, XMLC_TOO_DEEP);
    if (collector->is_stream && collector->depth == 1) keep_root(collector);
    if (collector->is_stream && collector->depth == 2) {
        collector->boundary = (uint64_t)XML_GetCurrentByteIndex(collector->parser);
        collector->elements = 0;
    }
    if (++collector->elements > collector->limits.elements) return fail(collector, XMLC_TOO_MANY_ELEMENTS);
    if (is_too_long(collector, (uint64_t)XML_GetCurrentByteIndex(collector->parser))) return;

    xmlc_token *token = add_token(collector, XMLC_START);
    if (!token || !add_name(collector, token, name)) return;
    for (uint32_t count = 0; attributes[0]; attributes += 2) {
        if (++count > collector->limits.attributes) return fail(collector, XMLC_TOO_MANY_ATTRIBUTES);
        size_t length = strlen(attributes[1]);
        if (length > collector->limits.text) return fail(collector, XMLC_TEXT_TOO_LONG);
        token = add_token(collector, XMLC_ATTRIBUTE);
        if (!token || !add_name(collector, token, attributes[0])) return;
        token->value_length = (uint32_t)length;
        if (!add_bytes(collector, attributes[1], length, &token->value_offset)) return;
    }
}

static void on_end(void *data, const XML_Char *name) {
    (void)name;
    xmlc_collector *collector = data;
    if (has_ended(collector)) return;
    collector->in_text = false;
    collector->text = 0;
    uint64_t end = (uint64_t)XML_GetCurrentByteIndex(collector->parser)
        + (uint64_t)XML_GetCurrentByteCount(collector->parser);
    /* expat reports the end of `<a/>` at the place of its start, with a count of zero or of the whole tag. */
    if (is_too_long(collector, end)) return;
    xmlc_token *token = add_token(collector, XMLC_END);
    if (!token) return;
    token->end = end > collector->fed ? (uint32_t)(end - collector->fed) : 0;
    collector->depth--;
    if (collector->is_stream && collector->depth == 1) collector->boundary = end;
}

static void on_text(void *data, const XML_Char *text, int length) {
    xmlc_collector *collector = data;
    if (has_ended(collector)) return;
    if (collector->is_stream && collector->depth == 1) {
        /* White space between the elements of a stream: it belongs to none of them, and is not kept. */
        collector->boundary = (uint64_t)XML_GetCurrentByteIndex(collector->parser)
            + (uint64_t)XML_GetCurrentByteCount(collector->parser);
    } else {
        collector->text += (uint64_t)length;
        if (collector->text > collector->limits.text) return fail(collector, XMLC_TEXT_TOO_LONG);
    }
    if (!collector->in_text) {
        xmlc_token *token = add_token(collector, XMLC_TEXT);
        if (!token) return;
        token->value_offset = (uint32_t)collector->arena_used;
        collector->in_text = true;
    }
    xmlc_token *token = &collector->tokens[collector->token_count - 1];
    if (add_bytes(collector, text, (size_t)length, NULL)) token->value_length += (uint32_t)length;
}

static void on_restricted(void *data) { fail(data, XMLC_RESTRICTED); }
static void on_comment(void *data, const XML_Char *text) { (void)text; on_restricted(data); }
static void on_instruction(void *data, const XML_Char *target, const XML_Char *text) {
    (void)target, (void)text;
    on_restricted(data);
}
static void on_doctype(void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public, int internal) {
    (void)name, (void)system, (void)public, (void)internal;
    on_restricted(data);
}

static void on_declaration(void *data, const XML_Char *version, const XML_Char *encoding, int standalone) {
    (void)version, (void)standalone;
    if (!encoding) return;
    static const char utf8[] = "utf-8";
    size_t i = 0;
    while (utf8[i] && (encoding[i] | 0x20) == (utf8[i] | 0x20)) i++;
    if (utf8[i] || encoding[i]) fail(data, XMLC_UNSUPPORTED_ENCODING);
}

/* Life */

static void set_up_parser(xmlc_collector *collector) {
    XML_Parser parser = collector->parser;
    XML_SetUserData(parser, collector);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartNamespaceDeclHandler(parser, on_namespace);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    XML_SetCommentHandler(parser, on_comment);
    XML_SetProcessingInstructionHandler(parser, on_instruction);
    XML_SetXmlDeclHandler(parser, on_declaration);
    /* A stanza must be seen when its last byte is; the cost of re-scanning is bounded by the limit on its size. */
    XML_SetReparseDeferralEnabled(parser, XML_FALSE);
}

static void prepare(xmlc_collector *collector) {
    set_up_parser(collector);
    collector->failure = XMLC_OK;
    collector->token_count = 0;
    collector->arena_used = 0;
    collector->depth = 0;
    collector->elements = 0;
    collector->total = 0;
    collector->fed = 0;
    collector->boundary = 0;
    collector->in_text = false;
    collector->text = 0;
}

xmlc_collector *xmlc_create(const xmlc_vocabulary *vocabulary, xmlc_limits limits, bool is_stream) {
    xmlc_collector *collector = calloc(1, sizeof *collector);
    if (!collector) return NULL;
    collector->vocabulary = vocabulary;
    collector->limits = limits;
    collector->parser = make_parser(collector);
    if (!collector->parser) {
        free(collector);
        return NULL;
    }
    collector->is_stream = is_stream;
    prepare(collector);
    return collector;
}

void xmlc_free(xmlc_collector *collector) {
    free_parser(collector, collector->parser);
    free(collector->tokens);
    free(collector->arena);
    free(collector->root);
    free(collector);
}

bool xmlc_restart(xmlc_collector *collector, xmlc_limits limits) {
    working = collector;
    collector->limits = limits;
    if (!XML_ParserReset(collector->parser, "UTF-8")) return false;
    free(collector->root);
    collector->root = NULL;
    collector->root_length = 0;
    prepare(collector);
    return true;
}

void xmlc_set_limits(xmlc_collector *collector, xmlc_limits limits) { collector->limits = limits; }

void xmlc_renew_stream_bytes(xmlc_collector *collector) { collector->total = 0; }

static void forget_last_feed(xmlc_collector *collector) {
    collector->token_count = 0;
    collector->arena_used = 0;
    collector->in_text = false;
    if (collector->token_room > KEPT_TOKENS) {
        free(collector->tokens);
        collector->tokens = NULL;
        collector->token_room = 0;
    }
    if (collector->arena_room > KEPT_ARENA) {
        free(collector->arena);
        collector->arena = NULL;
        collector->arena_room = 0;
    }
}

/* Between two elements of a stream: has a new parser read on where the old one has grown too large. It is given the start tag of
 * the root again, so that it knows the stream's namespaces and the name of its end. If it cannot be made, the old one goes on. */
static void renew_parser(xmlc_collector *collector) {
    XML_Parser old = collector->parser;
    size_t held = collector->held;
    collector->held = 0;
    collector->parser = make_parser(collector);
    size_t made = collector->held;
    bool is_renewed = false;
    if (collector->parser) {
        is_renewed = XML_Parse(collector->parser, (const char *)collector->root, (int)collector->root_length, false)
            == XML_STATUS_OK;
        made = collector->held;
    }
    XML_Parser unused = is_renewed ? old : collector->parser;
    collector->held = is_renewed ? held : made;
    if (unused) free_parser(collector, unused);
    collector->parser = is_renewed ? collector->parser : old;
    collector->held = is_renewed ? made : held;
    if (!is_renewed) return;
    set_up_parser(collector);
    collector->fed = collector->root_length;
    collector->boundary = collector->root_length;
}

static bool has_grown(const xmlc_collector *collector) {
    return collector->is_stream && collector->depth == 1 && collector->root
        && collector->boundary == collector->fed && collector->held > KEPT_PARSER;
}

int xmlc_feed(xmlc_collector *collector, const uint8_t *bytes, size_t length, bool is_final) {
    forget_last_feed(collector);
    if (has_ended(collector)) return collector->failure;
    if (length > INT32_MAX || length > collector->limits.stream_bytes
        || collector->total > collector->limits.stream_bytes - length) {
        collector->failure = XMLC_STREAM_TOO_LONG;
        return collector->failure;
    }
    if (has_grown(collector)) renew_parser(collector);
    working = collector;
    enum XML_Status status = XML_Parse(collector->parser, (const char *)bytes, (int)length, is_final);
    collector->total += length;
    collector->fed += length;
    if (status == XML_STATUS_ERROR && collector->failure == XMLC_OK) {
        switch (XML_GetErrorCode(collector->parser)) {
        case XML_ERROR_NO_MEMORY: collector->failure = XMLC_OUT_OF_MEMORY; break;
        case XML_ERROR_UNKNOWN_ENCODING:
        case XML_ERROR_INCORRECT_ENCODING: collector->failure = XMLC_UNSUPPORTED_ENCODING; break;
        case XML_ERROR_UNDEFINED_ENTITY:
        case XML_ERROR_RECURSIVE_ENTITY_REF:
        case XML_ERROR_AMPLIFICATION_LIMIT_BREACH: collector->failure = XMLC_RESTRICTED; break;
        default: collector->failure = XMLC_NOT_WELL_FORMED; break;
        }
    }
    if (collector->failure == XMLC_OK && collector->fed - collector->boundary > collector->limits.bytes) {
        collector->failure = XMLC_TOO_MANY_BYTES;
    }
    return collector->failure;
}

void xmlc_rest(xmlc_collector *collector) {
    collector->token_count = 0;
    collector->arena_used = 0;
    collector->in_text = false;
    if (collector->token_room == FIRST_TOKENS) {
        free(collector->tokens);
        collector->tokens = NULL;
        collector->token_room = 0;
    }
    if (collector->arena_room == FIRST_ARENA) {
        free(collector->arena);
        collector->arena = NULL;
        collector->arena_room = 0;
    }
}

size_t xmlc_memory(const xmlc_collector *collector) { return memory(collector); }

const xmlc_token *xmlc_tokens(const xmlc_collector *collector) { return collector->tokens; }
size_t xmlc_token_count(const xmlc_collector *collector) { return collector->token_count; }
const uint8_t *xmlc_arena(const xmlc_collector *collector) { return collector->arena; }
