#include <algorithm>
#include <array>

#include "certs/asn1/oids.h"
#include "certs/model/certificate.h"

namespace mailtap::certs {

namespace {

using namespace std::string_view_literals;

struct Curve {
  std::string_view oid;
  std::string_view name;
  unsigned bits;
};

constexpr std::array<Curve, 17> curves{{
    {"\x2a\x86\x48\xce\x3d\x03\x01\x07"sv, "P-256", 256},
    {"\x2b\x81\x04\x00\x22"sv, "P-384", 384},
    {"\x2b\x81\x04\x00\x23"sv, "P-521", 521},
    {"\x2a\x86\x48\xce\x3d\x03\x01\x01"sv, "P-192", 192},
    {"\x2b\x81\x04\x00\x21"sv, "P-224", 224},
    {"\x2b\x81\x04\x00\x0a"sv, "secp256k1", 256},
    {"\x2b\x81\x04\x00\x1f"sv, "secp192k1", 192},
    {"\x2b\x81\x04\x00\x20"sv, "secp224k1", 224},
    {"\x2b\x24\x03\x03\x02\x08\x01\x01\x07"sv, "brainpoolP256r1", 256},
    {"\x2b\x24\x03\x03\x02\x08\x01\x01\x0b"sv, "brainpoolP384r1", 384},
    {"\x2b\x24\x03\x03\x02\x08\x01\x01\x0d"sv, "brainpoolP512r1", 512},
    {"\x2b\x24\x03\x03\x02\x08\x01\x01\x05"sv, "brainpoolP224r1", 224},
    {"\x2b\x24\x03\x03\x02\x08\x01\x01\x08"sv, "brainpoolP256t1", 256},
    {"\x2b\x24\x03\x03\x02\x08\x01\x01\x09"sv, "brainpoolP320r1", 320},
    {"\x2b\x24\x03\x03\x02\x08\x01\x01\x0c"sv, "brainpoolP384t1", 384},
    {"\x2b\x24\x03\x03\x02\x08\x01\x01\x0e"sv, "brainpoolP512t1", 512},
    {"\x2a\x81\x1c\xcf\x55\x01\x82\x2d"sv, "SM2", 256},
}};

struct Named {
  std::string_view oid;
  std::string_view name;
};

/// Keys that are known by name only.
constexpr std::array<Named, 22> others{{
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x11"sv, "ML-DSA-44"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x12"sv, "ML-DSA-65"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x13"sv, "ML-DSA-87"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x14"sv, "SLH-DSA-SHA2-128s"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x15"sv, "SLH-DSA-SHA2-128f"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x16"sv, "SLH-DSA-SHA2-192s"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x17"sv, "SLH-DSA-SHA2-192f"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x18"sv, "SLH-DSA-SHA2-256s"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x19"sv, "SLH-DSA-SHA2-256f"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x1a"sv, "SLH-DSA-SHAKE-128s"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x1b"sv, "SLH-DSA-SHAKE-128f"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x1c"sv, "SLH-DSA-SHAKE-192s"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x1d"sv, "SLH-DSA-SHAKE-192f"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x1e"sv, "SLH-DSA-SHAKE-256s"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x1f"sv, "SLH-DSA-SHAKE-256f"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x20"sv, "HashML-DSA-44"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x21"sv, "HashML-DSA-65"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x22"sv, "HashML-DSA-87"},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x11"sv, "HSS/LMS"},
    {"\x2a\x85\x03\x07\x01\x01\x01\x01"sv, "GOST R 34.10-2012 (256 bit)"},
    {"\x2a\x85\x03\x07\x01\x01\x01\x02"sv, "GOST R 34.10-2012 (512 bit)"},
    {"\x2a\x85\x03\x02\x02\x13"sv, "GOST R 34.10-2001"},
}};

unsigned bits_of_integer(Bytes value) {
  while (!value.empty() && value[0] == 0) value = value.subspan(1);
  if (value.empty()) return 0;
  unsigned bits = static_cast<unsigned>(value.size()) * 8;
  for (unsigned mask = 0x80; (value[0] & mask) == 0; mask >>= 1) --bits;
  return bits;
}

/// DSA's p, the first of its parameters.
unsigned bits_of_first_integer(Bytes sequence) {
  const auto outer = der::only(sequence, der::tag_sequence);
  der::Reader reader(outer ? outer->value : Bytes{});
  const auto number = reader.next(der::tag_integer);
  return number ? bits_of_integer(number->value) : 0;
}

KeyInfo describe_rsa(Bytes key) {
  KeyInfo info;
  info.type = KeyType::rsa;
  const auto outer = der::only(key, der::tag_sequence);
  der::Reader reader(outer ? outer->value : Bytes{});
  const auto modulus = reader.next(der::tag_integer);
  const auto exponent = reader.next(der::tag_integer);
  if (!modulus || !exponent || exponent->value.empty() || !reader.done()) {
    info.type = KeyType::unknown;
    info.text = unreadable_key;
    return info;
  }
  info.bits = bits_of_integer(modulus->value);
  info.exponent_bits = bits_of_integer(exponent->value);
  info.exponent_odd = (exponent->value.back() & 1) != 0;
  info.text = "RSA " + std::to_string(info.bits);
  return info;
}

KeyInfo describe_rsa_pss(Bytes key) {
  auto info = describe_rsa(key);
  info.pss_only = info.type == KeyType::rsa;
  if (info.pss_only) info.text = "RSA-PSS " + std::to_string(info.bits);
  return info;
}

KeyInfo simple(KeyType type, unsigned bits, std::string text) {
  KeyInfo info;
  info.type = type;
  info.bits = bits;
  info.text = std::move(text);
  return info;
}

KeyInfo describe_ec(Bytes parameters) {
  KeyInfo info = simple(KeyType::ec, 0, "EC");
  const auto curve = der::only(parameters, der::tag_oid);
  if (!curve) {
    info.named = false;
    info.text = "EC with explicit parameters";
    return info;
  }
  const auto known = std::find_if(curves.begin(), curves.end(),
                                  [&](const Curve& c) { return oid::is(curve->value, c.oid); });
  if (known == curves.end()) {
    info.text = "EC on curve " + der::oid_text(curve->value);
  } else {
    info.bits = known->bits;
    info.text = "EC " + std::string(known->name);
  }
  return info;
}

}  // namespace

KeyInfo describe_key(Bytes spki) {
  const auto outer = der::only(spki, der::tag_sequence);
  der::Reader reader(outer ? outer->value : Bytes{});
  const auto sequence = reader.next(der::tag_sequence);
  const auto algorithm = sequence ? parse_algorithm(*sequence) : std::nullopt;
  const auto bits = reader.next(der::tag_bit_string);
  const auto key = bits ? der::read_whole_bits(bits->value) : std::nullopt;
  if (!algorithm || !key || !reader.done()) return simple(KeyType::unknown, 0, std::string(unreadable_key));

  if (oid::is(algorithm->oid, oid::rsa)) return describe_rsa(*key);
  if (oid::is(algorithm->oid, oid::rsa_pss)) return describe_rsa_pss(*key);
  if (oid::is(algorithm->oid, oid::ec)) return describe_ec(algorithm->parameters);
  if (oid::is(algorithm->oid, oid::dsa)) {
    const unsigned size = bits_of_first_integer(algorithm->parameters);
    return simple(KeyType::dsa, size, "DSA " + std::to_string(size));
  }
  if (oid::is(algorithm->oid, oid::ed25519)) return simple(KeyType::ed25519, 256, "Ed25519");
  if (oid::is(algorithm->oid, oid::ed448)) return simple(KeyType::ed448, 456, "Ed448");
  for (const auto& [oid, name] : others)
    if (oid::is(algorithm->oid, oid)) return simple(KeyType::other, 0, std::string(name));
  return simple(KeyType::unknown, 0, "algorithm " + der::oid_text(algorithm->oid));
}

}  // namespace mailtap::certs
