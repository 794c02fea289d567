#include "certs/clients/rules.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "certs/asn1/oids.h"
#include "certs/clients/form.h"
#include "certs/clients/names.h"
#include "certs/model/names.h"
#include "certs/model/signature.h"
#include "certs/verify/policies.h"

namespace mailtap::certs::clients {

namespace {

bool is_ca(const Certificate& c) {
  return c.basic_constraints && c.basic_constraints->ca;
}

bool signs_certificates(const Certificate& c) {
  return c.key_usage && (*c.key_usage & key_cert_sign) != 0;
}

bool usage_forbids_signing(const Certificate& c) {
  return c.key_usage && !signs_certificates(c);
}

bool is_weak_key(const KeyInfo& key, const KeyRules& rules) {
  switch (key.type) {
    case KeyType::rsa: return key.bits < rules.rsa;
    case KeyType::ec:
      if (rules.approved_curves && key.text != "EC P-256" && key.text != "EC P-384" && key.text != "EC P-521")
        return true;
      if (rules.known_curves && !key.text.starts_with("EC P-")) return true;
      if (rules.ring_curves && key.text != "EC P-256" && key.text != "EC P-384") return true;
      return key.bits != 0 && key.bits < rules.ec;
    case KeyType::dsa: return !rules.dsa_allowed || key.bits < rules.dsa;
    case KeyType::ed25519:
    case KeyType::ed448: return !rules.eddsa_allowed;
    default: return false;
  }
}

bool is_weak_signature(const Certificate& c, const SignatureRules& rules) {
  const auto scheme = describe_signature(c.signature_algorithm);
  if (scheme.key == KeyType::dsa && !rules.dsa) return true;
  if (scheme.hash == MBEDTLS_MD_SHA1) return !rules.sha1;
  if (scheme.hash == MBEDTLS_MD_SHA224) return !rules.sha224;
  if (scheme.hash == MBEDTLS_MD_SHA512 && scheme.key == KeyType::ec && !rules.ecdsa_sha512) return true;
  return is_weak(scheme) && !rules.md5;
}

std::string_view kind_of(NameForm form) {
  switch (form) {
    case NameForm::dns: return "DNS name";
    case NameForm::ip: return "IP address";
    case NameForm::uri: return "URI";
    case NameForm::email: return "email address";
    case NameForm::directory: return "directory name";
    default: return "name";
  }
}

class ChainCheck {
 public:
  ChainCheck(const Chain& chain, const RuleContext& context) : chain_(chain), context_(context) {}

  std::vector<Failure> run() {
    const bool last = context_.profile.wording.last_failure;
    const bool all = context_.profile.wording.every_failure || last;
    for (const auto& stage : context_.profile.stages) {
      if (!failures_.empty() && !stage.always) continue;
      const auto before = failures_.size();
      const auto count = chain_.certificates.size();
      for (std::size_t step = 0; step < count && (last || failures_.size() == before); ++step) {
        const auto place = stage.walk == Walk::up ? step : count - 1 - step;
        if ((stage.places & places_of(place)) == 0) continue;
        if (place == 0 && (stage.places & at_leaf) == 0) continue;
        for (const auto rule : stage.rules) {
          if (auto failure = check(rule, place)) {
            failures_.push_back(std::move(*failure));
            if (!all) return std::move(failures_);
          }
        }
      }
    }
    if (last && failures_.size() > 1) failures_.erase(failures_.begin(), failures_.end() - 1);
    return std::move(failures_);
  }

 private:
  unsigned places_of(std::size_t place) const {
    const bool top = chain_.trusted() && place + 1 == chain_.certificates.size();
    const unsigned places = (place == 0 ? at_leaf : 0U) | (top ? at_top : 0U);
    return places == 0 ? between : places;
  }

  const Certificate& at(std::size_t place) const { return *chain_.certificates[place]; }
  bool is_anchor(std::size_t place) const { return (places_of(place) & at_top) != 0; }

  std::optional<Failure> check(Rule rule, std::size_t place) {
    const auto& c = at(place);
    const auto broken = [&](bool is_broken) {
      return is_broken ? std::optional(Failure{rule, place}) : std::nullopt;
    };
    switch (rule) {
      case Rule::anchored: return place == 0 && !chain_.trusted() ? end_of_chain() : std::nullopt;
      case Rule::lone_leaf:
        return broken(chain_.certificates.size() == 1 && !chain_.trusted() && !c.self_issued());
      case Rule::unreadable:
        return broken((context_.presented.form(c) & context_.profile.forms.refused) != 0);
      case Rule::unknown_critical: {
        auto oid = unknown_critical(c, context_.profile.critical);
        if (oid.empty() && has_unsupported_constraints(c))
          oid = der::oid_text(as_bytes(oid::name_constraints));
        return oid.empty() ? std::nullopt : std::optional(Failure{rule, place, std::move(oid)});
      }
      case Rule::validity: return validity(place);
      case Rule::bad_signature: return signature(place);
      case Rule::weak_signature: return broken(is_weak_signature(c, context_.profile.signatures));
      case Rule::weak_leaf_key: return broken(place == 0 && is_weak_key(c.key, context_.profile.leaf_key));
      case Rule::weak_ca_key: return broken(place > 0 && is_weak_key(c.key, context_.profile.ca_key));
      case Rule::explicit_curve: return broken(chain_.certificates.size() > 1 && !c.key.named);
      case Rule::purpose: return broken(!serves(c, place));
      case Rule::leaf_key_usage: {
        constexpr auto for_tls = digital_signature | key_encipherment | key_agreement;
        return broken(place == 0 && c.key_usage && (*c.key_usage & for_tls) == 0);
      }
      case Rule::not_a_ca: return broken(place > 0 && !may_be_ca(c, place));
      case Rule::not_a_ca_but_key_usage:
        return broken(place > 0 &&
                      (usage_forbids_signing(c) ||
                       (c.basic_constraints ? !is_ca(c) : !tolerated_without_basic_constraints(c, place))));
      case Rule::no_cert_sign:
        return broken(place > 0 && usage_forbids_signing(c) &&
                      (context_.profile.zero_key_usage_counts || *c.key_usage != 0));
      case Rule::anchor_not_a_ca: return broken(place > 0 && is_anchor(place) && !may_be_ca(c, place));
      case Rule::anchor_no_cert_sign:
        return broken(place > 0 && is_anchor(place) && usage_forbids_signing(c));
      case Rule::path_length: return broken(place > 0 && too_long_below(c, place));
      case Rule::leaf_is_ca: return broken(place == 0 && is_ca(c));
      case Rule::leaf_signs: return broken(place == 0 && signs_certificates(c));
      case Rule::constrained_name: return constraints(place);
      case Rule::policy: return broken(place == 0 && chain_.trusted() && !policies_hold(chain_.certificates));
      case Rule::revoked: return broken(is_revoked(place));
      case Rule::name: return name(place);
      default: return broken(breaks_form(rule, place));
    }
  }

  /// Critical constraints on forms of names that the client doesn't know are an unknown critical extension to
  /// it.
  bool has_unsupported_constraints(const Certificate& c) const {
    using Support = ConstraintRules::Support;
    const auto& rules = context_.profile.constraints;
    if (!c.name_constraints || !c.critical(oid::name_constraints)) return false;
    const auto unsupported = [&](const GeneralName& base) {
      switch (base.form) {
        case NameForm::dns:
        case NameForm::ip:
        case NameForm::email:
        case NameForm::uri: return false;
        case NameForm::directory: return rules.directory == Support::refused_if_critical;
        default: return rules.others == Support::refused_if_critical;
      }
    };
    const auto& [permitted, excluded] = *c.name_constraints;
    return std::any_of(permitted.begin(), permitted.end(), unsupported) ||
           std::any_of(excluded.begin(), excluded.end(), unsupported);
  }

  std::optional<Failure> end_of_chain() const { return Failure{chain_.end, chain_.certificates.size() - 1}; }

  std::optional<Failure> validity(std::size_t place) const {
    const auto& c = at(place);
    const auto now = context_.question.at;
    const bool ended =
        now > c.not_after ||
        (now == c.not_after && (context_.profile.ends_at_not_after ||
                                (context_.profile.fraction_counts && context_.past_the_second)));
    if (now + context_.profile.early < c.not_before) return Failure{Rule::not_yet_valid, place};
    if (ended) return Failure{Rule::expired, place};
    return std::nullopt;
  }

  std::optional<Failure> signature(std::size_t place) {
    if (place + 1 >= chain_.certificates.size()) return std::nullopt;
    const auto outcome = context_.signatures.check(at(place), at(place + 1).spki);
    if (outcome == SignatureCheck::good) return std::nullopt;
    return Failure{outcome == SignatureCheck::bad ? Rule::bad_signature : Rule::unsupported_signature, place};
  }

  bool serves(const Certificate& c, std::size_t place) const {
    if (!c.extended_key_usage) return true;
    const auto& rules = context_.profile.purpose;
    if (c.extended_key_usage->empty()) return rules.empty_is_absent;
    return std::any_of(c.extended_key_usage->begin(), c.extended_key_usage->end(), [&](Bytes purpose) {
      return oid::is(purpose, oid::server_auth) ||
             (oid::is(purpose, oid::any_purpose) && (place == 0 ? rules.leaf_any : rules.ca_any));
    });
  }

  bool may_be_ca(const Certificate& c, std::size_t place) const {
    if (c.basic_constraints) return is_ca(c);
    if (context_.profile.bare_root_is_ca && is_anchor(place) && c.self_issued()) return true;
    return context_.profile.v1_anchor_is_ca && is_anchor(place) && c.version < 3;
  }

  /// OpenSSL's check_ca: version 1 roots and keyCertSign will do for what is at the top alone.
  bool tolerated_without_basic_constraints(const Certificate& c, std::size_t place) const {
    const bool last = place + 1 == chain_.certificates.size();
    return last && ((c.version == 1 && c.self_issued()) || signs_certificates(c));
  }

  bool too_long_below(const Certificate& c, std::size_t place) const {
    if (!c.basic_constraints || !c.basic_constraints->path_length) return false;
    const auto first = chain_.certificates.begin() + 1;
    const auto self = chain_.certificates.begin() + static_cast<std::ptrdiff_t>(place);
    const auto other = [](const auto& certificate) { return !certificate->self_issued(); };
    std::ptrdiff_t below = self - first;
    if (context_.profile.path_length == PathLength::rfc5280) below = std::count_if(first, self, other);
    if (context_.profile.path_length == PathLength::but_self_issued_below && below > 0)
      below = 1 + std::count_if(first, self - 1, other);
    return below > *c.basic_constraints->path_length;
  }

  std::optional<Failure> constraints(std::size_t place) {
    const auto& rules = context_.profile.constraints;
    const auto& below = at(place);
    if (place > 0 && (rules.leaf_only || (rules.exempt_self_issued && below.self_issued())))
      return std::nullopt;
    auto limited = rules;
    limited.comparisons = std::min(rules.comparisons, context_.comparisons);
    for (std::size_t ca = chain_.certificates.size(); ca-- > place + 1;) {
      const auto& issuer = at(ca);
      if (!issuer.name_constraints || (is_anchor(ca) && !context_.profile.anchors_constrain)) continue;
      std::size_t comparisons = 0;
      const auto violation = constraint_violation(
          *issuer.name_constraints, issuer.critical(oid::name_constraints), below, comparisons, limited);
      if (!violation) continue;
      using Kind = ConstraintViolation::Kind;
      const auto rule = violation->kind == Kind::excluded      ? Rule::excluded_name
                        : violation->kind == Kind::permitted   ? Rule::permitted_name
                        : violation->kind == Kind::malformed   ? Rule::malformed_name
                        : violation->kind == Kind::unsupported ? Rule::unsupported_constraint
                                                               : Rule::too_many_constraints;
      return Failure{
          rule, place, {}, std::string(kind_of(violation->form)), violation->name, violation->constraint};
    }
    return std::nullopt;
  }

  bool is_revoked(std::size_t place) {
    if (!context_.profile.revocation || place + 1 >= chain_.certificates.size() ||
        context_.lists.crls.empty())
      return false;
    const auto state =
        revocation_of(at(place), at(place + 1), context_.lists, context_.question, context_.signatures);
    return state.state == RevocationState::revoked;
  }

  std::optional<Failure> name(std::size_t place) const {
    if (place > 0 || context_.question.name.empty()) return std::nullopt;
    const auto rule = find_name(at(0), context_.question.name, context_.profile.names);
    return rule == Rule::none ? std::nullopt : std::optional(Failure{rule, 0});
  }

  bool breaks_form(Rule rule, std::size_t place) const {
    const auto& c = at(place);
    const bool last = place + 1 == chain_.certificates.size();
    const bool has_alt_names = c.find(oid::subject_alt_name) != nullptr;
    switch (rule) {
      case Rule::path_length_of_no_ca:
        return c.basic_constraints && c.basic_constraints->path_length && !is_ca(c);
      case Rule::path_length_without_sign:
        return c.basic_constraints && c.basic_constraints->path_length && usage_forbids_signing(c);
      case Rule::basic_constraints_not_critical: return is_ca(c) && !c.critical(oid::basic_constraints);
      case Rule::no_key_usage: return (place > 0 || is_ca(c)) && !c.key_usage;
      case Rule::sign_without_ca: return !is_ca(c) && signs_certificates(c);
      case Rule::empty_issuer: return c.issuer.empty();
      case Rule::empty_subject:
        return c.subject.empty() &&
               (is_ca(c) || (c.key_usage && (*c.key_usage & crl_sign) != 0) || !has_alt_names);
      case Rule::empty_subject_name_not_critical:
        return c.subject.empty() && has_alt_names && !c.critical(oid::subject_alt_name);
      case Rule::empty_alt_names: return (context_.presented.form(c) & form_alt_names_empty) != 0;
      case Rule::algorithms_differ: return c.algorithms_differ;
      case Rule::authority_key_id_critical: return c.critical(oid::authority_key_id);
      case Rule::subject_key_id_critical: return c.critical(oid::subject_key_id);
      case Rule::no_authority_key_id:
        return !last && c.version == 3 && (!c.authority_key_id || !c.authority_key_id->key_id);
      case Rule::no_authority_key_extension: return c.find(oid::authority_key_id) == nullptr;
      case Rule::authority_without_key: return c.authority_key_id && !c.authority_key_id->key_id;
      case Rule::no_subject_key_id: return is_ca(c) && c.version == 3 && !c.subject_key_id;
      case Rule::extensions_need_v3: return c.version != 3 && !c.extensions.empty();
      case Rule::not_version_3: return c.version != 3;
      case Rule::serial_length: return c.serial.size() > 21;
      case Rule::negative_serial: return c.serial[0] >= 0x80;
      case Rule::time_form: return c.time_form_off_profile;
      case Rule::access_critical: return c.critical(oid::authority_info_access);
      case Rule::purpose_critical: return c.critical(oid::extended_key_usage);
      case Rule::alt_names_critical:
        return has_alt_names && c.critical(oid::subject_alt_name) != c.subject.empty();
      case Rule::constraints_in_leaf: return place == 0 && c.find(oid::name_constraints) != nullptr;
      case Rule::empty_constraints:
        return c.find(oid::name_constraints) != nullptr &&
               (!c.name_constraints ||
                (c.name_constraints->permitted.empty() && c.name_constraints->excluded.empty()));
      default: return false;
    }
  }

  const Chain& chain_;
  const RuleContext& context_;
  std::vector<Failure> failures_;
};

}  // namespace

std::vector<Failure> broken_rules(const Chain& chain, const RuleContext& context) {
  return ChainCheck(chain, context).run();
}

}  // namespace mailtap::certs::clients
