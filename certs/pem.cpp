#include "certs/pem.h"

#include "certs/der.h"
#include "certs/oids.h"
#include "config/base/text.h"

namespace mailtap::certs {

namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view dashes = "-----";

bool is_pem(std::string_view content) {
  return content.find(begin_mark) != std::string_view::npos;
}

/// The certificates of a PKCS#7 SignedData (RFC 5652 section 5.1), which Windows exports as .p7b.
std::optional<std::vector<Buffer>> certificates_of_pkcs7(Bytes der) {
  const auto outer = der::only(der, der::sequence);
  der::Reader info(outer ? outer->value : Bytes{});
  const auto type = info.next(der::oid);
  if (!type || !oid::is(type->value, oid::signed_data)) return std::nullopt;
  const auto wrapped = info.next(der::context_constructed(0));
  const auto content = wrapped ? der::only(wrapped->value, der::sequence) : std::nullopt;
  der::Reader fields(content ? content->value : Bytes{});
  if (!fields.next(der::integer) || !fields.next(der::set) || !fields.next(der::sequence))
    return std::nullopt;
  std::vector<Buffer> found;
  const auto list = fields.next(der::context_constructed(0));
  der::Reader certificates(list ? list->value : Bytes{});
  while (!certificates.done()) {
    const auto one = certificates.next();
    if (!one) return std::nullopt;
    if (one->tag == der::sequence) found.emplace_back(one->whole.begin(), one->whole.end());
  }
  return found;
}

/// One DER object: a certificate, or a PKCS#7 of them.
Result<std::vector<Buffer>> certificates_of_der(Bytes der) {
  if (auto bundle = certificates_of_pkcs7(der)) return std::move(*bundle);
  der::Reader reader(der);
  const auto one = reader.next(der::sequence);
  if (!one) return std::vector<Buffer>{};
  // What follows is OpenSSL's own trust data of a TRUSTED CERTIFICATE.
  return std::vector<Buffer>{Buffer(one->whole.begin(), one->whole.end())};
}

}  // namespace

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
    if (end == std::string_view::npos) return fail("PEM block " + number + " has no end");
    std::string base64;
    for (const char c : text.substr(0, end))
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') base64 += c;
    text.remove_prefix(end);
    // Keys with headers and the like are none of ours; they stay blocks without content.
    auto content = from_base64(base64);
    if (!content && (label.find("CERTIFICATE") != std::string::npos || label == "X509 CRL"))
      return fail(
          std::string("PEM block ").append(number).append(" (").append(label).append(") isn't base64"));
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
  if (!is_pem(content)) return certificates_of_der(as_bytes(content));
  auto blocks = parse_pem(content);
  if (!blocks) return tl::unexpected(blocks.error());
  std::vector<Buffer> found;
  for (auto& block : *blocks) {
    const bool wanted = block.label == "CERTIFICATE" || block.label == "X509 CERTIFICATE" ||
                        block.label == "TRUSTED CERTIFICATE" || block.label == "PKCS7" ||
                        block.label == "CMS";
    if (!wanted) continue;
    auto certificates = certificates_of_der(block.content);
    if (!certificates) return certificates;
    for (auto& one : *certificates) found.push_back(std::move(one));
  }
  return found;
}

Result<std::vector<Buffer>> crls_in(std::string_view content) {
  if (!is_pem(content)) return std::vector<Buffer>{Buffer(content.begin(), content.end())};
  auto blocks = parse_pem(content);
  if (!blocks) return tl::unexpected(blocks.error());
  std::vector<Buffer> found;
  for (auto& block : *blocks)
    if (block.label == "X509 CRL") found.push_back(std::move(block.content));
  return found;
}

}  // namespace mailtap::certs
