#include "inspect/http/soap_reader.h"

#include <algorithm>
#include <array>
#include <cstring>

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

constexpr std::size_t longest_word = 64;

std::string_view local_name(const char* name) {
  const std::string_view whole(name);
  const auto colon = whole.rfind(':');
  return colon == std::string_view::npos ? whole : whole.substr(colon + 1);
}

/// Operations and codes are words of letters and digits; anything else is somebody's text, and not kept.
bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= longest_word &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
         });
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
/// matters there costs a comparison a byte instead of a parser's work.
class ErrorScan {
 public:
  void begin() { *this = {}; }
  /// True once there is one: code() is it.
  bool feed(Bytes bytes) {
    for (const char c : as_text(bytes))
      if (step(c)) return true;
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
    if (in_start_tag_ && c == wanted[matched_]) {
      if (++matched_ == wanted.size()) code_ = "Error";
      return false;
    }
    restart(c);
    return false;
  }
  void restart(char c) {
    const bool opens = c == '<';
    // A tag's name ends at '>', and one that ends an element begins with '/'.
    if (opens || c == '>' || c == '/' || matched_ > tag_end) in_start_tag_ = opens;
    matched_ = in_start_tag_ && c == wanted.front() ? 1 : 0;
  }

  bool in_start_tag_ = false;
  std::size_t matched_ = 0;
  std::string code_;
};

}  // namespace

struct SoapReader::Parser {
  Parser() : expat(XML_ParserCreate(nullptr)) {
    random_bytes({reinterpret_cast<std::uint8_t*>(&salt), sizeof salt});
  }
  ~Parser() {
    if (expat != nullptr) XML_ParserFree(expat);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  void begin(Kind which) {
    kind = which;
    depth = 0;
    in_body = in_code = done = scanning = false;
    fed = 0;
    text.clear();
    operation.clear();
    code.clear();
    if (expat == nullptr || XML_ParserReset(expat, nullptr) == XML_FALSE) {
      done = true;
      return;
    }
    // Expat would ask the kernel for one with each body, where one a connection will do. 0: it still does.
    set_hash_salt(expat, salt);
    XML_SetUserData(expat, this);
#if XML_MAJOR_VERSION > 2 || XML_MINOR_VERSION >= 6
    // A word that came in pieces isn't left for later; so little is read that doing it twice costs nothing.
    XML_SetReparseDeferralEnabled(expat, XML_FALSE);
#endif
    XML_SetElementHandler(expat, on_start, on_end);
    XML_SetStartDoctypeDeclHandler(expat, on_doctype);
  }

  void stop() {
    done = true;
    XML_StopParser(expat, XML_FALSE);
  }

  void started(std::string_view local) {
    ++depth;
    if (depth == 2) in_body = local == "Body";
    if (depth == 3 && in_body && operation.empty()) {
      if (kind == Kind::response && local.ends_with("Response")) local.remove_suffix(8);
      if (is_word(local) && local != "Fault") operation = local;
      if (kind == Kind::request) return stop();
    }
    if (kind == Kind::response && is_code(local)) {
      in_code = true;
      text.clear();
      XML_SetCharacterDataHandler(expat, on_text);
    }
  }

  void ended() {
    --depth;
    if (!in_code) return;
    in_code = false;
    XML_SetCharacterDataHandler(expat, nullptr);
    if (!is_known_form(text)) return;
    code = text;
    stop();
    if (!is_success(code)) return;
    done = false;
    scanning = true;
    scan.begin();
  }

  static void on_start(void* self, const XML_Char* name, const XML_Char** /*attributes*/) {
    static_cast<Parser*>(self)->started(local_name(name));
  }
  static void on_end(void* self, const XML_Char* /*name*/) {
    static_cast<Parser*>(self)->ended();
  }
  static void on_text(void* self, const XML_Char* at, int size) {
    auto& text = static_cast<Parser*>(self)->text;
    text.append(at, std::min(static_cast<std::size_t>(size),
                             longest_word + 1 - std::min(longest_word + 1, text.size())));
  }
  static void on_doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    static_cast<Parser*>(self)->stop();
  }

  XML_Parser expat;
  unsigned long salt = 0;
  Kind kind = Kind::request;
  int depth = 0;
  bool in_body = false;
  bool in_code = false;
  bool done = true;
  bool scanning = false;  // no longer parsing
  ErrorScan scan;
  std::size_t fed = 0;  // to the parser, in earlier calls
  std::string text;
  std::string operation;
  std::string code;
};

SoapReader::SoapReader() : parser_(std::make_unique<Parser>()) {}
SoapReader::~SoapReader() = default;

void SoapReader::begin(Kind kind) {
  parser_->begin(kind);
}

bool SoapReader::feed(Bytes bytes) {
  auto& parser = *parser_;
  if (parser.done) return false;
  if (!parser.scanning) {
    const auto status = XML_Parse(parser.expat, reinterpret_cast<const char*>(bytes.data()),
                                  static_cast<int>(bytes.size()), XML_FALSE);
    if (!parser.scanning) {
      parser.done = parser.done || status != XML_STATUS_OK;
      parser.fed += bytes.size();
      return !parser.done;
    }
    const auto parsed = static_cast<std::size_t>(position_of(parser.expat)) - parser.fed;
    bytes = parsed < bytes.size() ? bytes.subspan(parsed) : Bytes();
  }
  if (parser.scan.feed(bytes)) {
    parser.code = parser.scan.code();
    parser.done = true;
  }
  return !parser.done;
}

const std::string& SoapReader::operation() const {
  return parser_->operation;
}

const std::string& SoapReader::response_code() const {
  return parser_->code;
}

}  // namespace mailtap::inspect::http
