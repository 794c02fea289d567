#include "certs/clients/chains.h"

#include <algorithm>

#include "certs/clients/form.h"
#include "certs/model/signature.h"

namespace mailtap::certs::clients {

namespace {

using Visit = std::function<bool(const Chain&)>;

bool valid_at(const Certificate& certificate, Time at) {
  return certificate.not_before <= at && at <= certificate.not_after;
}

bool contains(const std::vector<CertificatePtr>& list, const Certificate& certificate) {
  return std::any_of(list.begin(), list.end(),
                     [&](const auto& other) { return other->sha256 == certificate.sha256; });
}

bool key_of_signature(const Certificate& child, const Certificate& issuer) {
  const auto scheme = describe_signature(child.signature_algorithm);
  return scheme.key == KeyType::unknown || scheme.key == issuer.key.type;
}

bool same_key(const Certificate& a, const Certificate& b) {
  return a.subject == b.subject && der::same(a.spki, b.spki);
}

class ChainBuilder {
 public:
  ChainBuilder(const Profile& profile, const ChainContext& context) : profile_(profile), context_(context) {}

  bool refused(const Certificate& certificate) const {
    const bool anchor = profile_.forms.anchors_lenient && context_.anchors.contains(certificate);
    return !anchor && (context_.presented.form(certificate) & profile_.forms.refused) != 0;
  }

  // OpenSSL: X509_verify_cert's build_chain (crypto/x509/x509_vfy.c).

  Chain first_match() {
    Chain chain{{context_.presented.leaf}, Rule::none};
    std::vector<CertificatePtr> left = context_.presented.others;
    std::size_t untrusted = 1;
    bool from_sent = true;
    while (chain.certificates.size() <= profile_.building.longest) {
      const auto current = chain.certificates.back();
      const bool self_signed = looks_self_signed(*current);
      if (const auto issuer = best_issuer(*current, context_.anchors.with_subject(current->issuer), {})) {
        const bool mimic = self_signed && issuer->sha256 != current->sha256;
        if (self_signed && !mimic) --untrusted;
        if (!self_signed) chain.certificates.push_back(issuer);
        if (!mimic) {
          from_sent = false;
          if (profile_.building.partial_chain || looks_self_signed(*issuer)) return chain;
          if (!self_signed) continue;
        }
      }
      if (!from_sent) break;
      const auto issuer = self_signed ? nullptr : best_issuer(*current, left, chain.certificates);
      if (issuer == nullptr) break;
      std::erase(left, issuer);
      chain.certificates.push_back(issuer);
      ++untrusted;
    }
    if (profile_.building.partial_chain && chain.certificates.size() == untrusted) {
      // The last resort: the leaf itself is trusted.
      if (context_.anchors.contains(*context_.presented.leaf)) return chain;
    }
    const auto& last = *chain.certificates.back();
    const bool alone = chain.certificates.size() == 1;
    chain.end = looks_self_signed(last) ? (alone ? Rule::self_signed_leaf : Rule::self_signed_root)
                : untrusted < chain.certificates.size() ? Rule::no_issuer
                                                        : Rule::no_local_issuer;
    return chain;
  }

  // GnuTLS: gnutls_x509_trust_list_verify_crt2 and what it calls (lib/x509/verify-high.c, verify.c).

  Chain as_sent() {
    auto list = sorted();
    if (list.size() > 1 && issued(*list.back(), *list.back())) list.pop_back();
    for (const auto* bucket : {&list.back()->issuer, &list.back()->subject}) {
      Chain chain{list, Rule::none};
      const auto& anchors = context_.anchors.with_subject(*bucket);
      for (std::size_t i = 0; i < chain.certificates.size(); ++i) {
        const auto same = std::find_if(anchors.begin(), anchors.end(), [&](const auto& anchor) {
          return i == 0 ? anchor->sha256 == chain.certificates[0]->sha256
                        : same_key(*anchor, *chain.certificates[i]);
        });
        if (same == anchors.end()) continue;
        chain.certificates.resize(i);
        chain.certificates.push_back(*same);
        return linked(std::move(chain));
      }
      if (const auto issuer = latest_valid(*chain.certificates.back(), anchors)) {
        chain.certificates.push_back(issuer);
        return linked(std::move(chain));
      }
      if (self_issued(*list.back(), true)) break;
    }
    return {list,
            list.size() == 1 && issued(*list[0], *list[0]) ? Rule::self_signed_leaf : Rule::no_local_issuer};
  }

  // mbedTLS: x509_crt_verify_chain (library/x509_crt.c).

  Chain signed_match() {
    Chain chain{{context_.presented.leaf}, Rule::none};
    const auto& leaf = *context_.presented.leaf;
    if (leaf.self_issued() && context_.anchors.contains(leaf)) return chain;
    std::size_t next = 0;  // only what was sent after the child can be its issuer
    std::size_t self_issued_below = 0;
    while (chain.certificates.size() < profile_.building.longest) {
      const auto& child = *chain.certificates.back();
      const auto below = chain.certificates.size() - 1 - self_issued_below;
      if (chain.certificates.size() > 1 && child.self_issued()) ++self_issued_below;
      if (const auto anchor = parent_in(child, context_.anchors.with_subject(child.issuer), 0, true, below)) {
        chain.certificates.push_back(anchor);
        return chain;
      }
      const auto parent = parent_in(child, context_.presented.others, next, false, below);
      if (parent == nullptr) break;
      next = static_cast<std::size_t>(
          std::find(context_.presented.others.begin(), context_.presented.others.end(), parent) -
          context_.presented.others.begin() + 1);
      chain.certificates.push_back(parent);
    }
    chain.end = Rule::no_local_issuer;
    return chain;
  }

  void every_path(const Visit& visit) {
    CertificateSet sent;
    for (const auto& certificate : context_.presented.others)
      if (!refused(*certificate)) sent.add(certificate);
    PathLimits limits;
    limits.length = profile_.building.longest;
    PathBuilder(sent, context_.anchors, context_.signatures, limits)
        .build(context_.presented.leaf, [&](const Path& path) { return looked_at(path, visit); });
  }

 private:
  /// A chain whose certificates didn't issue one another ends where that begins.
  static Chain linked(Chain chain) {
    for (std::size_t i = 0; i + 1 < chain.certificates.size(); ++i) {
      if (issued(*chain.certificates[i], *chain.certificates[i + 1])) continue;
      chain.certificates.resize(i + 1);
      chain.end = Rule::no_local_issuer;
    }
    return chain;
  }

  bool looked_at(const Path& path, const Visit& visit) {
    Chain chain{path.certificates, Rule::none};
    const bool alone = path.certificates.size() == 1;
    if (path.end == PathEnd::self_signed) {
      chain.end = alone ? Rule::self_signed_leaf : Rule::self_signed_root;
    } else if (path.end == PathEnd::no_issuer) {
      chain.end = Rule::no_local_issuer;
    } else if (alone) {
      const auto own = profile_.building.own_anchor;
      if (own == OwnAnchor::never ||
          (own == OwnAnchor::only_self_issued && !path.certificates[0]->self_issued()))
        chain.end = Rule::self_signed_leaf;
      if (own == OwnAnchor::as_its_own_issuer) {
        if (path.certificates[0]->self_issued()) {
          chain.certificates.push_back(path.certificates[0]);
        } else {
          chain.end = Rule::no_local_issuer;
        }
      }
    }
    for (std::size_t i = 0; i + 1 < path.certificates.size(); ++i) {
      const auto& child = *path.certificates[i];
      const auto& issuer = *path.certificates[i + 1];
      const bool met = names_meet(child.issuer, issuer.subject, profile_.building.raw_names) &&
                       (!profile_.building.key_ids_match || key_ids_may_match(child, issuer)) &&
                       !refused(issuer);
      if (!met) {
        chain.certificates.resize(i + 1);
        chain.end = Rule::no_local_issuer;
        break;
      }
    }
    return visit(chain);
  }

  bool issued_by_first_match(const Certificate& child, const Certificate& issuer) const {
    return names_meet(child.issuer, issuer.subject, false) && !refused(child) && !refused(issuer) &&
           authority_meets(child, issuer) && key_of_signature(child, issuer);
  }

  bool looks_self_signed(const Certificate& certificate) const {
    return certificate.self_issued() && issued_by_first_match(certificate, certificate);
  }

  /// The first that is in its validity, else the one that ends last.
  CertificatePtr best_issuer(const Certificate& child, const std::vector<CertificatePtr>& list,
                             const std::vector<CertificatePtr>& chain) const {
    CertificatePtr best;
    const bool may_repeat = chain.empty() || (chain.size() == 1 && child.self_issued());
    for (const auto& candidate : list) {
      if (!issued_by_first_match(child, *candidate) || (!may_repeat && contains(chain, *candidate))) continue;
      // X509_cmp_time is never equal: in the second of its notAfter a certificate has expired.
      if (candidate->not_before <= context_.at && context_.at < candidate->not_after) return candidate;
      if (best == nullptr || candidate->not_after > best->not_after) best = candidate;
    }
    return best;
  }

  /// Names to the byte, and key identifiers where both have one.
  static bool issued(const Certificate& child, const Certificate& issuer) {
    return names_meet(child.issuer, issuer.subject, true) && key_ids_may_match(child, issuer);
  }

  CertificatePtr latest_valid(const Certificate& child, const std::vector<CertificatePtr>& list) const {
    CertificatePtr found;
    for (const auto& candidate : list)
      if (issued(child, *candidate) && (found == nullptr || valid_at(*candidate, context_.at)))
        found = candidate;
    return found;
  }

  /// What was sent, in segments: a certificate, the first issuer of it, the first of that, until there is
  /// none or it stands there already. The segment whose last certificate an anchor has issued ends the list.
  std::vector<CertificatePtr> sorted() const {
    std::vector<CertificatePtr> left{context_.presented.leaf};
    for (const auto& certificate : context_.presented.others)
      if (!contains(left, *certificate)) left.push_back(certificate);
    std::vector<CertificatePtr> list;
    while (!left.empty()) {
      const auto segment = segment_of(left);
      for (const auto& certificate : segment) std::erase(left, certificate);
      list.insert(list.end(), segment.begin(), segment.end());
      if (anchored(*list.back())) break;
    }
    return list;
  }

  static std::vector<CertificatePtr> segment_of(const std::vector<CertificatePtr>& left) {
    std::vector<CertificatePtr> segment{left.front()};
    while (!issued(*segment.back(), *segment.back())) {
      const auto issuer = std::find_if(left.begin() + 1, left.end(), [&](const auto& c) {
        return c != segment.back() && issued(*segment.back(), *c);
      });
      if (issuer == left.end() || std::find(segment.begin(), segment.end(), *issuer) != segment.end()) break;
      segment.push_back(*issuer);
    }
    return segment;
  }

  bool anchored(const Certificate& last) const {
    const auto& anchors = context_.anchors.with_subject(last.issuer);
    return std::any_of(anchors.begin(), anchors.end(),
                       [&](const auto& anchor) { return issued(last, *anchor); });
  }

  CertificatePtr parent_in(const Certificate& child, const std::vector<CertificatePtr>& list,
                           std::size_t from, bool anchors, std::size_t below) {
    CertificatePtr fallback;
    for (std::size_t i = from; i < list.size(); ++i) {
      const auto& candidate = *list[i];
      if (refused(candidate) || !(child.issuer == candidate.subject)) continue;
      const bool needs_ca = !anchors || candidate.version == 3;
      const bool ca = candidate.basic_constraints && candidate.basic_constraints->ca;
      if (needs_ca && (!ca || (candidate.key_usage && (*candidate.key_usage & key_cert_sign) == 0))) continue;
      if (candidate.basic_constraints && candidate.basic_constraints->path_length &&
          static_cast<std::size_t>(*candidate.basic_constraints->path_length) < below)
        continue;
      if (context_.signatures.check(child, candidate.spki) != SignatureCheck::good && anchors) continue;
      if (valid_at(candidate, context_.at)) return list[i];
      if (fallback == nullptr) fallback = list[i];
    }
    return fallback;
  }

  const Profile& profile_;
  const ChainContext& context_;
};

}  // namespace

std::uint64_t Presented::form(const Certificate& certificate) const {
  const auto [entry, added] = forms.try_emplace(&certificate);
  if (added) entry->second = form_of(certificate);
  return entry->second;
}

void build_chains(const Profile& profile, const ChainContext& context, const Visit& visit) {
  ChainBuilder builder(profile, context);
  switch (profile.building.search) {
    case Search::first_match: visit(builder.first_match()); return;
    case Search::as_sent: visit(builder.as_sent()); return;
    case Search::signed_match: visit(builder.signed_match()); return;
    case Search::every_path: builder.every_path(visit); return;
  }
}

bool names_meet(const DistinguishedName& a, const DistinguishedName& b, bool raw) {
  if (!raw) return a == b;
  if (a.rdns.size() != b.rdns.size()) return false;
  for (std::size_t i = 0; i < a.rdns.size(); ++i) {
    if (a.rdns[i].size() != b.rdns[i].size()) return false;
    for (std::size_t j = 0; j < a.rdns[i].size(); ++j) {
      const auto& x = a.rdns[i][j];
      const auto& y = b.rdns[i][j];
      if (x.tag != y.tag || !der::same(x.oid, y.oid) || !der::same(x.value, y.value)) return false;
    }
  }
  return true;
}

bool self_issued(const Certificate& certificate, bool raw) {
  return names_meet(certificate.issuer, certificate.subject, raw);
}

bool authority_meets(const Certificate& child, const Certificate& issuer) {
  if (!child.authority_key_id) return true;
  const auto& id = *child.authority_key_id;
  if (id.key_id && issuer.subject_key_id && !der::same(*id.key_id, *issuer.subject_key_id)) return false;
  if (id.names_serial && !der::same(id.serial, issuer.serial)) return false;
  return !id.issuer || *id.issuer == issuer.issuer;
}

}  // namespace mailtap::certs::clients
