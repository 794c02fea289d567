#include "inspect/http/soap_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <expat.h>

#include "config/base/random.h"

namespace mailtap::inspect::http {

namespace {

// Expat 2.9 has both with wider numbers, and warns of the narrow ones.
#if XML_MAJOR_VERSION > 2 || XML_MINOR_VERSION >= 9
void set_hash_salt(XML_Parser expat, unsigned long salt) {
  std::array<std::uint8_t, 16> entropy{};
  std::memcpy(entropy.data(), &salt, sizeof salt);
  std::memcpy(entropy.data() + entropy.size() / 2, &salt, sizeof salt);
  if (salt != 0) XML_SetHashSalt16Bytes(expat, entropy.data());
}
std::int64_t position_of(XML_Parser expat) {
  return XML_GetCurrentByteIndex64(expat);
}
#else
void set_hash_salt(XML_Parser expat, unsigned long salt) {
  XML_SetHashSalt(expat, salt);
}
std::int64_t position_of(XML_Parser expat) {
  return XML_GetCurrentByteIndex(expat);
}
#endif

constexpr std::size_t max_word = 64;

std::string_view local_name(std::string_view whole) {
  const auto colon = whole.rfind(':');
  return colon == std::string_view::npos ? whole : whole.substr(colon + 1);
}

/// Operations and codes are words of letters and digits; anything else is somebody's text, and not kept.
bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= max_word &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
         });
}

/// Of an element's name in ASCII, as all of Exchange's are.
bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ':' || c == '_' ||
         c == '-' || c == '.';
}

bool is_code(std::string_view local) {
  return local == "ResponseCode" || local == "ErrorCode";
}

/// Exchange's codes are "NoError" and "Error..." ([MS-OXWSCDATA] 2.2.5.24), Autodiscover's also numbers.
bool is_known_form(std::string_view code) {
  return is_word(code) &&
         (code == "NoError" || code.starts_with("Error") ||
          std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; }));
}

bool is_success(std::string_view code) {
  return code == "NoError" || code == "0";
}

/// Looks for the next ResponseCode that is an error, in the rest of a response whose first one was none. What
/// matters there costs a look at each tag's name instead of a parser's work.
class ErrorScan {
 public:
  /// True once there is one: code() is it.
  bool feed(std::string_view text) {
    while (!text.empty()) {
      if (!in_name_ && matched_ == 0) {
        const auto opens = text.find('<');
        if (opens == std::string_view::npos) return false;
        text.remove_prefix(opens + 1);
        in_name_ = true;
        continue;
      }
      if (step(text.front())) return true;
      text.remove_prefix(1);
    }
    return false;
  }
  const std::string& code() const { return code_; }

 private:
  static constexpr std::string_view wanted = "ResponseCode>Error";
  static constexpr std::size_t tag_end = 12;  // of '>' in it

  bool step(char c) {
    if (matched_ == wanted.size()) {
      if (c == '<' && is_word(code_)) return true;
      code_ += c;
      if (!is_word(code_)) restart(c);
      return false;
    }
    if (in_name_ && c == wanted[matched_]) {
      if (++matched_ == wanted.size()) code_ = "Error";
      return false;
    }
    restart(c);
    return false;
  }
  void restart(char c) {
    const bool opens = c == '<';
    // The name of a start tag ends at '>' or where attributes begin; one that ends an element begins with
    // '/'.
    if (opens || c == '>' || c == '/' || c == ' ' || c == '\t' || c == '\r' || c == '\n' ||
        matched_ > tag_end)
      in_name_ = opens;
    matched_ = in_name_ && c == wanted.front() ? 1 : 0;
  }

  bool in_name_ = false;
  std::size_t matched_ = 0;
  std::string code_;
};

}  // namespace

// --- what a document means --------------------------------------------------------------------------------

void SoapReader::Meaning::begin(Kind which) {
  kind = which;
  depth = 0;
  in_body = in_code = false;
  text.clear();
  operation.clear();
  code.clear();
}

bool SoapReader::Meaning::started(std::string_view local) {
  ++depth;
  if (depth == 2) in_body = local == "Body";
  if (depth == 3 && in_body && operation.empty()) {
    if (kind == Kind::response && local.ends_with("Response")) local.remove_suffix(8);
    if (is_word(local) && local != "Fault") operation = local;
    if (kind == Kind::request) return true;
  }
  if (kind == Kind::response && is_code(local)) {
    in_code = true;
    text.clear();
  }
  return false;
}

void SoapReader::Meaning::said(std::string_view part) {
  text.append(part.substr(0, max_word + 1 - std::min(max_word + 1, text.size())));
}

bool SoapReader::Meaning::ended() {
  --depth;
  if (!std::exchange(in_code, false) || !is_known_form(text)) return false;
  code = text;
  return true;
}

// --- plain documents, at a glance -------------------------------------------------------------------------

/// Reads a document's beginning that has nothing but tags and text, as Exchange's have, up to where its
/// meaning is known, or to its end. Whatever follows changes neither `known` nor `irregular`. Of well-formed
/// documents it says what expat says.
SoapReader::Glance SoapReader::glance(std::string_view xml, Meaning& meaning) {
  constexpr std::string_view mark = "\xEF\xBB\xBF", declaration = "<?xml ", space = " \t\r\n";
  constexpr auto none = std::string_view::npos;
  constexpr Glance unfinished{Glance::Outcome::unfinished, 0}, irregular{Glance::Outcome::irregular, 0};
  std::size_t at = xml.starts_with(mark) ? mark.size() : 0;
  if (xml.size() - at < declaration.size()) return unfinished;
  if (xml.substr(at).starts_with(declaration)) {
    at = xml.find("?>", at);
    if (at == none) return unfinished;
    at += 2;
  }
  for (;;) {
    const auto opens = xml.find('<', at);
    if (opens == none || opens + 1 == xml.size()) return unfinished;
    const auto text = xml.substr(at, opens - at);
    if (meaning.in_code) {
      if (text.find('&') != none) return irregular;
      meaning.said(text);
    }
    at = opens + 1;
    if (xml[at] == '/') {
      if (meaning.depth == 0) return irregular;
      at = xml.find('>', at);
      if (at == none) return unfinished;
      ++at;
      if (meaning.ended() || meaning.depth == 0) return {Glance::Outcome::known, at};
      continue;
    }
    auto name_end = at;
    while (name_end < xml.size() && is_name_character(xml[name_end])) ++name_end;
    if (name_end == xml.size()) return unfinished;
    const auto name = xml.substr(at, name_end - at);
    if (name.empty()) return irregular;
    // Attributes are passed over, with whatever their quotes enclose.
    for (at = name_end; at < xml.size() && xml[at] != '>'; ++at) {
      if (xml[at] == '<') return irregular;
      if (xml[at] == '"' || xml[at] == '\'') at = xml.find(xml[at], at + 1);
      if (at == none) return unfinished;
    }
    if (at == xml.size()) return unfinished;
    const bool is_empty = xml[at - 1] == '/';
    if (space.find(xml[name_end]) == none && xml[name_end] != '>' && !is_empty) return irregular;
    ++at;
    if (meaning.started(local_name(name))) return {Glance::Outcome::known, at};
    if (is_empty && (meaning.ended() || meaning.depth == 0)) return {Glance::Outcome::known, at};
  }
}

// --- all others, by expat ---------------------------------------------------------------------------------

class SoapReader::Parser {
 public:
  explicit Parser(Meaning& meaning) : meaning_(meaning), expat_(XML_ParserCreate(nullptr)) {
    // Expat would ask the kernel for one with each body, where one a connection will do. 0: it still does.
    random_bytes({reinterpret_cast<std::uint8_t*>(&salt_), sizeof salt_});
  }
  ~Parser() {
    if (expat_ != nullptr) XML_ParserFree(expat_);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  /// A new document; false: there is no memory for it.
  bool begin() {
    fed_ = 0;
    stopped_ = false;
    if (expat_ == nullptr || XML_ParserReset(expat_, nullptr) == XML_FALSE) return false;
    set_hash_salt(expat_, salt_);
    XML_SetUserData(expat_, this);
#if XML_MAJOR_VERSION > 2 || XML_MINOR_VERSION >= 6
    // A word that came in pieces isn't left for later; so little is read that doing it twice costs nothing.
    XML_SetReparseDeferralEnabled(expat_, XML_FALSE);
#endif
    XML_SetElementHandler(expat_, on_start, on_end);
    XML_SetStartDoctypeDeclHandler(expat_, on_doctype);
    return true;
  }

  /// The position in `bytes` after which the document's meaning is known, or reading must end; none: go on.
  std::optional<std::size_t> feed(Bytes bytes) {
    const auto status = XML_Parse(expat_, reinterpret_cast<const char*>(bytes.data()),
                                  static_cast<int>(bytes.size()), XML_FALSE);
    if (status == XML_STATUS_OK) {
      fed_ += bytes.size();
      return std::nullopt;
    }
    if (!stopped_) return bytes.size();
    return std::min(static_cast<std::size_t>(position_of(expat_)) - fed_, bytes.size());
  }

 private:
  void stop() {
    stopped_ = true;
    XML_StopParser(expat_, XML_FALSE);
  }

  static void on_start(void* self, const XML_Char* name, const XML_Char** /*attributes*/) {
    auto& parser = *static_cast<Parser*>(self);
    if (parser.meaning_.started(local_name(name))) return parser.stop();
    if (parser.meaning_.in_code) XML_SetCharacterDataHandler(parser.expat_, on_text);
  }
  static void on_end(void* self, const XML_Char* /*name*/) {
    auto& parser = *static_cast<Parser*>(self);
    if (parser.meaning_.in_code) XML_SetCharacterDataHandler(parser.expat_, nullptr);
    if (parser.meaning_.ended()) parser.stop();
  }
  static void on_text(void* self, const XML_Char* at, int size) {
    static_cast<Parser*>(self)->meaning_.said({at, static_cast<std::size_t>(size)});
  }
  static void on_doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    static_cast<Parser*>(self)->stop();
  }

  Meaning& meaning_;
  XML_Parser expat_;
  unsigned long salt_ = 0;
  std::size_t fed_ = 0;  // in earlier calls
  bool stopped_ = false;
};

// --- both -------------------------------------------------------------------------------------------------

struct SoapReader::Scan : ErrorScan {};

SoapReader::SoapReader() = default;
SoapReader::~SoapReader() = default;

void SoapReader::begin(Kind kind) {
  meaning_.begin(kind);
  scan_.reset();
  held_.clear();
  again_at_ = 0;
  gathered_.clear();
  parsed_ = 0;
  state_ = State::glancing;
}

bool SoapReader::feed(Bytes bytes) {
  switch (state_) {
    case State::glancing: look(bytes); break;
    case State::parsing: gather(bytes); break;
    case State::scanning: scan(as_text(bytes)); break;
    case State::done: break;
  }
  return state_ != State::done;
}

void SoapReader::finish() {
  if (state_ == State::glancing && !held_.empty()) glance_at(held_);
  if (state_ == State::parsing && !gathered_.empty()) parse(gathered_);
  state_ = State::done;
}

/// What isn't understood from its beginning is held until there is twice as much, so that bytes which come
/// one by one aren't looked at again with each.
void SoapReader::look(Bytes bytes) {
  if (again_at_ == 0) {
    if (!glance_at(bytes)) held_.assign(bytes.begin(), bytes.end());
  } else {
    held_.insert(held_.end(), bytes.begin(), bytes.end());
    if (held_.size() < again_at_) return;
    glance_at(held_);
  }
  again_at_ = 2 * held_.size();
}

/// Expat looks at an unfinished word anew with each call: the longer the document, the more of it at a time.
void SoapReader::gather(Bytes bytes) {
  constexpr std::size_t enough = 4096;
  if (gathered_.empty() && bytes.size() >= std::min(enough, parsed_ / 8)) return parse(bytes);
  gathered_.insert(gathered_.end(), bytes.begin(), bytes.end());
  if (gathered_.size() < std::min(enough, parsed_ / 8)) return;
  parse(gathered_);
  gathered_.clear();
}

void SoapReader::parse(Bytes bytes) {
  parsed_ += bytes.size();
  if (const auto known = parser_->feed(bytes)) understood(bytes.subspan(*known));
}

/// False: there is too little yet.
bool SoapReader::glance_at(Bytes bytes) {
  meaning_.begin(meaning_.kind);
  const auto [outcome, position] = glance(as_text(bytes), meaning_);
  if (outcome == Glance::Outcome::unfinished) return false;
  if (outcome == Glance::Outcome::known) {
    understood(bytes.subspan(position));
  } else {
    meaning_.begin(meaning_.kind);
    if (!parser_) parser_ = std::make_unique<Parser>(meaning_);
    state_ = parser_->begin() ? State::parsing : State::done;
    feed(bytes);
  }
  return true;
}

/// The meaning is known, but for an error that `rest` may have.
void SoapReader::understood(Bytes rest) {
  state_ = meaning_.kind == Kind::response && is_success(meaning_.code) ? State::scanning : State::done;
  if (state_ == State::scanning) scan(as_text(rest));
}

void SoapReader::scan(std::string_view text) {
  if (!scan_) scan_ = std::make_unique<Scan>();
  if (!scan_->feed(text)) return;
  meaning_.code = scan_->code();
  state_ = State::done;
}

}  // namespace mailtap::inspect::http
