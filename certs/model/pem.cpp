#include "certs/model/pem.h"

#include "certs/asn1/der.h"
#include "certs/asn1/oids.h"
#include "certs/model/content_kind.h"
#include "config/base/text.h"

namespace mailtap::certs {

namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view dashes = "-----";

/// Text in UTF-16; what isn't a character becomes a replacement character, which no PEM has.
std::string from_utf16(std::string_view content, bool big_endian) {
  std::string text;
  for (std::size_t i = 0; i + 1 < content.size(); i += 2) {
    const auto high = static_cast<std::uint8_t>(content[big_endian ? i : i + 1]);
    const auto low = static_cast<std::uint8_t>(content[big_endian ? i + 1 : i]);
    // PEM is ASCII, comments around it aren't looked at.
    text += high == 0 && low < 0x80 ? static_cast<char>(low) : '?';
  }
  return text;
}

/// BER's indefinite lengths made definite (X.690 section 8.1.3.6); what has none stays as it is, byte by
/// byte, so that signatures hold. Reads one element off `in`; false if it isn't BER, or nested too deep.
bool make_definite(Bytes& in, Buffer& out, int depth) {
  if (depth == 0 || in.size() < 2 || (in[0] & 0x1f) == 0x1f) return false;
  if (in[1] != 0x80) {
    std::size_t size = in[1], header = 2;
    if (size > 0x80) {
      const std::size_t octets = size & 0x7f;
      if (octets > 4 || in.size() < 2 + octets) return false;
      size = 0;
      for (std::size_t i = 0; i < octets; ++i) size = size << 8 | in[2 + i];
      header += octets;
    }
    if (in.size() - header < size) return false;
    out.insert(out.end(), in.begin(), in.begin() + static_cast<std::ptrdiff_t>(header + size));
    in = in.subspan(header + size);
    return true;
  }
  const auto tag = in[0];
  in = in.subspan(2);
  Buffer content;
  while (in.size() < 2 || in[0] != 0 || in[1] != 0)
    if (!make_definite(in, content, depth - 1)) return false;
  in = in.subspan(2);
  out.push_back(tag);
  if (content.size() < 0x80) {
    out.push_back(static_cast<std::uint8_t>(content.size()));
  } else {
    int octets = 1;
    while (octets < 4 && content.size() >> (8 * octets) != 0) ++octets;
    out.push_back(static_cast<std::uint8_t>(0x80 | octets));
    for (int i = octets; i-- > 0;) out.push_back(static_cast<std::uint8_t>(content.size() >> (8 * i)));
  }
  out.insert(out.end(), content.begin(), content.end());
  return true;
}

/// The same of a whole file, if it begins with such an element.
std::optional<Buffer> definite(Bytes ber) {
  constexpr int deepest = 16;
  Buffer out;
  if (ber.size() < 2 || ber[0] != der::tag_sequence || ber[1] != 0x80 || !make_definite(ber, out, deepest))
    return std::nullopt;
  return out;
}

/// The certificates of a PKCS#7 SignedData (RFC 5652 section 5.1), which Windows exports as .p7b.
std::optional<std::vector<Buffer>> certificates_of_pkcs7(Bytes der) {
  const auto outer = der::only(der, der::tag_sequence);
  der::Reader info(outer ? outer->value : Bytes{});
  const auto type = info.next(der::tag_oid);
  if (!type || !oid::is(type->value, oid::signed_data)) return std::nullopt;
  const auto wrapped = info.next(der::context_constructed(0));
  const auto content = wrapped ? der::only(wrapped->value, der::tag_sequence) : std::nullopt;
  der::Reader fields(content ? content->value : Bytes{});
  if (!fields.next(der::tag_integer) || !fields.next(der::tag_set) || !fields.next(der::tag_sequence))
    return std::nullopt;
  std::vector<Buffer> found;
  const auto list = fields.next(der::context_constructed(0));
  der::Reader certificates(list ? list->value : Bytes{});
  while (!certificates.done()) {
    const auto one = certificates.next();
    if (!one) return std::nullopt;
    if (one->tag == der::tag_sequence) found.emplace_back(one->whole.begin(), one->whole.end());
  }
  return found;
}

/// One DER object: a certificate, or a PKCS#7 of them.
std::vector<Buffer> certificates_of_der(Bytes der, bool is_labelled) {
  const auto made_definite = definite(der);
  if (made_definite) der = *made_definite;
  if (auto bundle = certificates_of_pkcs7(der)) return std::move(*bundle);
  der::Reader reader(der);
  const auto one = reader.next(der::tag_sequence);
  const auto kind = one ? kind_of_der(one->whole) : ContentKind::nothing;
  // What is called a certificate and is nothing else counts as one that can't be read.
  if (!one || (kind != ContentKind::certificate && !(is_labelled && kind == ContentKind::nothing))) return {};
  // What follows is OpenSSL's own trust data of a TRUSTED CERTIFICATE.
  return std::vector<Buffer>{Buffer(one->whole.begin(), one->whole.end())};
}

}  // namespace

std::string text_of_file(std::string_view content) {
  using namespace std::string_view_literals;
  if (content.starts_with("\xef\xbb\xbf"sv)) content.remove_prefix(3);
  if (content.starts_with("\xff\xfe"sv)) return from_utf16(content.substr(2), /*big_endian=*/false);
  if (content.starts_with("\xfe\xff"sv)) return from_utf16(content.substr(2), /*big_endian=*/true);
  if (content.starts_with("-\0-\0"sv)) return from_utf16(content, /*big_endian=*/false);
  if (content.starts_with("\0-\0-"sv)) return from_utf16(content, /*big_endian=*/true);
  return std::string(content);
}

bool is_pem(std::string_view text) {
  return text.find(begin_mark) != std::string_view::npos;
}

std::optional<Buffer> der_of_bare_base64(std::string_view text) {
  std::string base64;
  for (const char c : text)
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') base64 += c;
  // A SEQUENCE of more than 127 bytes begins so.
  if (!base64.starts_with("MI")) return std::nullopt;
  auto der = from_base64(base64);
  return der ? std::optional(std::move(*der)) : std::nullopt;
}

Result<std::vector<PemBlock>> parse_pem(std::string_view text) {
  std::vector<PemBlock> blocks;
  for (auto at = text.find(begin_mark); at != std::string_view::npos; at = text.find(begin_mark)) {
    const auto number = std::to_string(blocks.size() + 1);
    text.remove_prefix(at + begin_mark.size());
    const auto label_end = text.find(dashes);
    if (label_end > 64)  // or isn't there: npos
      return fail("PEM block " + number + " has no label");
    const std::string label(text.substr(0, label_end));
    text.remove_prefix(label_end + dashes.size());
    const auto end = text.find(std::string("-----END ").append(label).append(dashes));
    if (end == std::string_view::npos)
      return fail("PEM block " + number + " has no end; the file was cut, so copy it anew");
    std::string base64;
    for (const char c : text.substr(0, end))
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') base64 += c;
    text.remove_prefix(end);
    // Keys with headers and the like are none of ours; they stay blocks without content.
    auto content = from_base64(base64);
    if (!content && (label.find("CERTIFICATE") != std::string::npos || label == "X509 CRL"))
      return fail(std::string("PEM block ")
                      .append(number)
                      .append(" (")
                      .append(label)
                      .append(") isn't base64; copy the file anew, as text"));
    blocks.push_back({label, content ? std::move(*content) : Buffer{}});
  }
  return blocks;
}

Result<std::vector<Buffer>> from_pem(std::string_view text, std::string_view label) {
  auto blocks = parse_pem(text);
  if (!blocks) return tl::unexpected(blocks.error());
  std::vector<Buffer> found;
  for (auto& block : *blocks) {
    if (block.label != label) continue;
    if (block.content.empty()) return fail("the PEM block \"" + block.label + "\" isn't base64");
    found.push_back(std::move(block.content));
  }
  return found;
}

std::string to_pem(Bytes der, std::string_view label) {
  const auto base64 = to_base64(der);
  std::string pem = "-----BEGIN " + std::string(label) + "-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 64) pem += base64.substr(at, 64) + "\n";
  return pem + "-----END " + std::string(label) + "-----\n";
}

Result<std::vector<Buffer>> certificates_in(std::string_view content) {
  const auto text = text_of_file(content);
  if (!is_pem(text)) {
    const auto bare = der_of_bare_base64(text);
    return certificates_of_der(bare ? Bytes(*bare) : as_bytes(content), /*is_labelled=*/false);
  }
  auto blocks = parse_pem(text);
  if (!blocks) return tl::unexpected(blocks.error());
  std::vector<Buffer> found;
  for (auto& block : *blocks) {
    const bool wanted = block.label == "CERTIFICATE" || block.label == "X509 CERTIFICATE" ||
                        block.label == "TRUSTED CERTIFICATE" || block.label == "PKCS7" ||
                        block.label == "PKCS #7 SIGNED DATA" || block.label == "CMS";
    if (!wanted) continue;
    for (auto& one : certificates_of_der(block.content, /*is_labelled=*/true))
      found.push_back(std::move(one));
  }
  return found;
}

Result<std::vector<Buffer>> crls_in(std::string_view content) {
  const auto text = text_of_file(content);
  if (!is_pem(text)) {
    if (auto bare = der_of_bare_base64(text)) return std::vector<Buffer>{std::move(*bare)};
    return std::vector<Buffer>{Buffer(content.begin(), content.end())};
  }
  auto blocks = parse_pem(text);
  if (!blocks) return tl::unexpected(blocks.error());
  std::vector<Buffer> found;
  for (auto& block : *blocks)
    if (block.label == "X509 CRL") found.push_back(std::move(block.content));
  return found;
}

}  // namespace mailtap::certs
