#include "certs/verify/checks.h"

#include <algorithm>

#include "certs/asn1/oids.h"
#include "certs/verify/dotnet.h"
#include "certs/verify/name_constraints.h"
#include "certs/verify/policies.h"
#include "certs/verify/thresholds.h"

namespace mailtap::certs {

namespace {

/// Collects the findings of one path.
class PathCheck {
 public:
  PathCheck(const Path& path, const CheckContext& context) : path_(path), context_(context) {}

  std::vector<Finding> run() {
    check_end();
    for (std::size_t i = 0; i < path_.certificates.size(); ++i) {
      const auto& certificate = *path_.certificates[i];
      check_form(certificate);
      check_validity(certificate);
      check_key(certificate);
      if (i == 0) {
        check_leaf(certificate);
      } else {
        check_issuer(certificate, i);
      }
      if (i + 1 < path_.certificates.size()) check_link(certificate, *path_.certificates[i + 1]);
    }
    check_name_constraints();
    if (!policies_hold(path_.certificates))
      add(Fault::constraint_violation, *path_.certificates[0],
          "a CA above requires an explicit policy and none holds along the chain", "NoIssuanceChainPolicy");
    return std::move(findings_);
  }

 private:
  void add(Fault fault, const Certificate& certificate, std::string detail) {
    add(fault, certificate, std::move(detail), dotnet_flag(fault));
  }
  void add(Fault fault, const Certificate& certificate, std::string detail, std::string_view dotnet) {
    findings_.push_back(
        {fault, context_.positions.of(certificate), std::move(detail), false, std::string(dotnet)});
  }

  /// Does it reach an anchor?
  void check_end() {
    const auto& last = *path_.certificates.back();
    if (path_.end == PathEnd::self_signed) {
      const auto namesake = trusted_namesake(last);
      const auto below = namesake.empty() ? namesake_on_path() : std::string{};
      if (path_.certificates.size() == 1) {
        add(Fault::self_signed, last, "signed by itself, and not among the trusted certificates" + namesake);
      } else {
        add(Fault::untrusted_root, last,
            "the root " + last.short_name() + " isn't among the trusted ones" + namesake + below);
      }
      findings_.back().same_name_trusted = !namesake.empty() || !below.empty();
      if (context_.signatures.check(last, last.spki) == SignatureCheck::unsupported)
        add_unverifiable(last, last);
    } else if (path_.end == PathEnd::no_issuer) {
      if (path_.gave_up)
        return add(Fault::incomplete_chain, last,
                   "no path to a trusted root was found before the search was given up");
      const auto issuer = "its issuer (" + last.issuer.text() + ")";
      const bool trusted = has_other_key(context_.anchors, last);
      const bool sent = !trusted && has_other_key(context_.sent, last);
      const auto below = trusted ? std::string{} : namesake_on_path();
      add(Fault::incomplete_chain, last,
          trusted ? issuer +
                        " wasn't sent with the key that signed it; a certificate of the same name is "
                        "trusted, but has another key (one of the two was renewed)"
          : sent ? issuer +
                       " isn't trusted, and was sent with another key than the one that signed it (the "
                       "CA was renewed)" +
                       below
                 : issuer + " was neither sent nor is it trusted" + below);
      findings_.back().same_name_trusted = trusted || !below.empty();
    }
  }

  /// Is there an issuer of the right name, but not with the key that signed `child`?
  bool has_other_key(const CertificateSet& set, const Certificate& child) const {
    const auto& namesakes = set.with_subject(child.issuer);
    return std::any_of(namesakes.begin(), namesakes.end(), [&](const auto& namesake) {
      return context_.signatures.check(child, namesake->spki) == SignatureCheck::bad;
    });
  }

  /// What to add of a root that isn't trusted, if one of its name is; else nothing.
  std::string trusted_namesake(const Certificate& root) const {
    const auto& namesakes = context_.anchors.with_subject(root.subject);
    if (namesakes.empty()) return {};
    const bool same_key = std::any_of(namesakes.begin(), namesakes.end(), [&](const auto& namesake) {
      return der::same(namesake->spki, root.spki);
    });
    return same_key ? "; another certificate of the same name and key is (one of the two was renewed)"
                    : "; a certificate of the same name is, but has another key (one of the two was renewed)";
  }

  /// The same of any certificate of the path, as when an issuing CA that is trusted itself was renewed.
  std::string namesake_on_path() const {
    for (const auto& certificate : path_.certificates) {
      if (certificate->subject.empty()) continue;
      for (const auto& namesake : context_.anchors.with_subject(certificate->subject))
        if (!der::same(namesake->spki, certificate->spki))
          return "; a certificate of the same name as " + certificate->short_name() +
                 " is trusted, but has another key (one of the two was renewed)";
    }
    return {};
  }

  void add_unverifiable(const Certificate& child, const Certificate& issuer) {
    add(Fault::bad_signature, child,
        "its signature can't be verified here: " + describe_signature(child.signature_algorithm).name +
            ", with a key of " + issuer.key.text);
    findings_.back().state_unknown = true;
  }

  void check_form(const Certificate& certificate) {
    for (const auto& flaw : certificate.flaws) add(Fault::malformed, certificate, flaw);
    if (certificate.key.type == KeyType::unknown && certificate.key.text == unreadable_key)
      add(Fault::malformed, certificate, "its public key can't be read");
    if (!certificate.key.named)
      add(Fault::malformed, certificate, "its key spells out a curve of its own, which RFC 5480 forbids");
    if (certificate.name_constraints)
      if (auto senseless = senseless_constraint(*certificate.name_constraints))
        add(Fault::malformed, certificate, std::move(*senseless));
    for (const auto& oid : certificate.unknown_critical)
      add(Fault::critical_extension, certificate, "the critical extension " + oid + " isn't known");
  }

  void check_validity(const Certificate& certificate) {
    const auto at = context_.question.at;
    if (at > certificate.not_after)
      add(Fault::expired, certificate,
          "expired on " + date_of(certificate.not_after) + ", " +
              days_text(days_between(certificate.not_after, at)) + " ago");
    if (at >= certificate.not_before) return;
    auto from = "valid from " + date_of(certificate.not_before);
    if (certificate.not_after < certificate.not_before)
      from += ", which is after its end, " + date_of(certificate.not_after);
    else
      from += ", in " + days_text(days_between(at, certificate.not_before));
    add(Fault::not_yet_valid, certificate, std::move(from));
  }

  void check_key(const Certificate& certificate) {
    const auto& key = certificate.key;
    const bool weak = (key.type == KeyType::rsa && key.bits < min_rsa_bits) ||
                      (key.type == KeyType::ec && key.bits != 0 && key.bits < min_ec_bits) ||
                      (key.type == KeyType::dsa && key.bits < min_dsa_bits);
    // Windows minds RSA below 1024 only (KB 2661254).
    const bool windows_minds = key.type == KeyType::rsa && key.bits < 1024;
    if (key.type == KeyType::rsa && (key.exponent_bits < 2 || !key.exponent_odd))
      add(Fault::weak_key, certificate, "its RSA exponent makes its signatures worthless");
    if (key.type == KeyType::rsa && key.bits > small_rsa_bits && key.exponent_bits > max_rsa_exponent_bits)
      add(Fault::weak_key, certificate,
          key.text + " with an exponent of " + std::to_string(key.exponent_bits) +
              " bits, which costs too much to verify with: OpenSSL refuses it as well");
    if (weak)
      add(Fault::weak_key, certificate, key.text + " is too short a key",
          windows_minds ? "HasWeakSignature" : "");
  }

  /// What the leaf is for.
  void check_leaf(const Certificate& leaf) {
    // A certificate that stands for itself, trusted or not, is what it is: many tools mark it as a CA, as
    // openssl req -x509 does. To Windows a CA's certificate is as good a server's as any.
    const bool stands_alone = path_.end != PathEnd::no_issuer && path_.certificates.size() == 1;
    if (!stands_alone || context_.question.profile == Profile::webpki) {
      if (leaf.basic_constraints && leaf.basic_constraints->ca)
        add(Fault::wrong_usage, leaf, "a CA's certificate, used as a server's", "");
      else if (leaf.key_usage && (*leaf.key_usage & key_cert_sign) != 0)
        add(Fault::wrong_usage, leaf, "may sign certificates, which a server's must not", "");
    }
    constexpr auto for_tls = digital_signature | key_encipherment | key_agreement;
    if (leaf.key_usage && (*leaf.key_usage & for_tls) == 0)
      add(Fault::wrong_usage, leaf, "its key may neither sign nor encipher for TLS (keyUsage)");
    check_purpose(leaf);
  }

  void check_purpose(const Certificate& certificate) {
    if (!certificate.extended_key_usage) return;
    const auto& purposes = *certificate.extended_key_usage;
    const bool serves = std::any_of(purposes.begin(), purposes.end(), [](Bytes purpose) {
      return oid::is(purpose, oid::server_auth) || oid::is(purpose, oid::any_purpose);
    });
    if (!serves) add(Fault::wrong_usage, certificate, "not for TLS servers (extKeyUsage lacks serverAuth)");
  }

  /// May it issue what stands below it? `index` on the path, so `index - 1` certificates down to the leaf.
  void check_issuer(const Certificate& ca, std::size_t index) {
    const bool anchor = path_.end == PathEnd::anchor && index + 1 == path_.certificates.size();
    if (!ca.basic_constraints) {
      // Version 1 roots have no extensions; being trusted is all that they can show.
      if (!anchor || ca.version == 3)
        add(Fault::not_a_ca, ca, ca.short_name() + " isn't a CA (no basicConstraints)");
    } else if (!ca.basic_constraints->ca) {
      add(Fault::not_a_ca, ca, ca.short_name() + " isn't a CA");
    }
    if (ca.key_usage && (*ca.key_usage & key_cert_sign) == 0)
      add(Fault::not_a_ca, ca, ca.short_name() + " may not sign certificates (keyUsage)");
    check_purpose(ca);
    if (ca.basic_constraints && ca.basic_constraints->path_length) {
      // Self-issued certificates (key rollover) don't count: RFC 5280 section 4.2.1.9.
      const auto below = std::count_if(path_.certificates.begin() + 1,
                                       path_.certificates.begin() + static_cast<std::ptrdiff_t>(index),
                                       [](const auto& c) { return !c->self_issued(); });
      if (below > *ca.basic_constraints->path_length)
        add(Fault::constraint_violation, ca,
            ca.short_name() + " allows " + std::to_string(*ca.basic_constraints->path_length) +
                " CAs below it, and there are " + std::to_string(below),
            "InvalidBasicConstraints");
    }
  }

  void check_link(const Certificate& child, const Certificate& issuer) {
    const auto scheme = describe_signature(child.signature_algorithm);
    // Windows minds MD5 and older (KB 2862973), not SHA-1 from a private CA.
    if (is_weak(scheme))
      add(Fault::weak_signature, child, "signed with " + scheme.name,
          scheme.name.starts_with("md") ? "HasWeakSignature" : "");
    const auto check = context_.signatures.check(child, issuer.spki);
    if (check == SignatureCheck::bad) {
      // Without identifiers of both keys it may as well be another key's signature.
      const bool maybe_renewed =
          !child.authority_key_id || !child.authority_key_id->key_id || !issuer.subject_key_id;
      add(Fault::bad_signature, child,
          "its signature isn't that of " + issuer.short_name() +
              (maybe_renewed
                   ? ": that CA has another key, as after it was renewed, or the certificate was altered"
                   : ""));
      findings_.back().same_name_trusted = maybe_renewed && context_.anchors.contains(issuer);
    }
    if (check == SignatureCheck::unsupported) add_unverifiable(child, issuer);
    auto revocation = revocation_of(child, issuer, context_.lists, context_.question, context_.signatures);
    const bool unknown = revocation.state == RevocationState::unknown;
    if (unknown || revocation.state == RevocationState::revoked)
      findings_.push_back(
          {.fault = Fault::revoked,
           .position = context_.positions.of(child),
           .detail = std::move(revocation.detail),
           .state_unknown = unknown,
           .dotnet = unknown ? "RevocationStatusUnknown" : std::string(dotnet_flag(Fault::revoked)),
           .responder = std::move(revocation.responder),
           .key_compromised = revocation.key_compromised});
  }

  void check_name_constraints() {
    for (std::size_t ca = path_.certificates.size(); ca-- > 1;) {
      const auto& constraints = path_.certificates[ca]->name_constraints;
      if (!constraints) continue;
      for (std::size_t i = ca; i-- > 0;) {
        const auto& below = *path_.certificates[i];
        if (i > 0 && below.self_issued()) continue;  // RFC 5280 section 6.1.3 (b)
        if (auto violation = violated_constraint(*constraints, below, context_.comparisons))
          add(Fault::constraint_violation, below,
              "the name constraints of " + path_.certificates[ca]->short_name() +
                  " forbid it: " + *violation);
      }
    }
  }

  const Path& path_;
  const CheckContext& context_;
  std::vector<Finding> findings_;
};

}  // namespace

void Positions::add(const Certificate& certificate, std::size_t position) {
  positions_.try_emplace(certificate.sha256, position);
}

std::size_t Positions::of(const Certificate& certificate) const {
  const auto found = positions_.find(certificate.sha256);
  return found == positions_.end() ? sent_ : found->second;
}

std::vector<Finding> check_path(const Path& path, const CheckContext& context) {
  return PathCheck(path, context).run();
}

}  // namespace mailtap::certs
