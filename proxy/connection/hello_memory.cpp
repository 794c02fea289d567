#include "proxy/connection/hello_memory.h"

#include <algorithm>
#include <utility>

#include "proxy/connection/client_terms.h"
#include "tls/abilities.h"
#include "tls/numbers.h"
#include "tls/sessions/sessions.h"

namespace mailtap::proxy {

namespace {

/// Every element of `all` is in `list`, which ends with 0.
template <class List>
bool holds_all(const List& list, const std::vector<std::uint16_t>& all) {
  return std::all_of(all.begin(), all.end(), [&](std::uint16_t one) {
    return std::find(list.begin(), list.end(), static_cast<typename List::value_type>(one)) != list.end();
  });
}

template <class Number>
std::vector<Number> ending_with_zero(const std::vector<std::uint16_t>& numbers) {
  if (numbers.empty()) return {};
  std::vector<Number> list(numbers.begin(), numbers.end());
  list.push_back(0);
  return list;
}

bool is_narrower_than(const HelloForm& form, const tls::Abilities& own) {
  const auto lacks = [](const auto& list, const std::vector<std::uint16_t>& all) {
    return !list.empty() && !holds_all(list, all);
  };
  const auto& mirrored = *form.mirrored;
  return mirrored.oldest > tls::version::tls12 || mirrored.newest < tls::version::tls13 ||
         lacks(form.cipher_suites, own.cipher_suites) || lacks(form.groups, own.groups) ||
         lacks(form.signature_algorithms, own.signature_algorithms);
}

bool sends(const tls::ClientHello& hello, std::uint16_t type) {
  return std::find(hello.extensions.begin(), hello.extensions.end(), type) != hello.extensions.end();
}

}  // namespace

HelloFormPtr HelloMemory::form(const tls::ClientHello& hello, const std::string& key, Offer offer,
                               bool old_suites) {
  if (forms_.size() >= max_forms) forms_.clear();
  auto& form = forms_[key];
  if (form) return form;
  form = std::make_shared<HelloForm>();
  form->beyond = beyond_mailtap(hello, old_suites);
  form->offer = offer;
  const bool staple = sends(hello, tls::extension::status_request);
  const bool timestamps = sends(hello, tls::extension::signed_certificate_timestamp);
  form->client_asks_for_less = !staple || !timestamps;
  form->asks_for_staple = staple || offer != Offer::own_after_refusal;
  form->asks_for_timestamps = timestamps || offer != Offer::own_after_refusal;
  if (offer != Offer::clients) return form;
  form->mirrored = tls::offer::mirror(hello, tls::own_abilities(old_suites));
  if (!form->mirrored) return form;
  form->cipher_suites = ending_with_zero<int>(form->mirrored->cipher_suites);
  form->groups = ending_with_zero<std::uint16_t>(form->mirrored->groups);
  form->signature_algorithms = ending_with_zero<std::uint16_t>(form->mirrored->signature_algorithms);
  form->is_narrower = is_narrower_than(*form, tls::own_abilities());
  form->session_key = '\n' + std::to_string(next_form_++);
  return form;
}

HelloMemory::Known HelloMemory::fit(const std::string& server, const std::string& key, Time now) const {
  const auto found = fits_.find(server + '\n' + key);
  return found == fits_.end() || found->second.until <= now ? Known{} : found->second.known;
}

void HelloMemory::remember(const std::string& server, const std::string& key, Known known, Time now) {
  if (fits_.size() >= max_fits) fits_.clear();
  const auto until = now + (known.fit == Fit::hopeless ? short_lifetime : lifetime);
  fits_.insert_or_assign(server + '\n' + key, Remembered{std::move(known), until});
}

}  // namespace mailtap::proxy
