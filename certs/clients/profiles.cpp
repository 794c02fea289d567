#include "certs/clients/profiles.h"

#include <algorithm>

namespace mailtap::certs::clients {

namespace {

using List = std::vector<const Profile*>;

List together(std::initializer_list<List> lists) {
  List all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

const Profile* find_in(const List& list, std::string_view name) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const Profile* profile) { return profile->name == name; });
  return found == list.end() ? nullptr : *found;
}

}  // namespace

const List& profiles() {
  static const auto list =
      together({windows_profiles(), java_profiles(), browser_profiles(), openssl_profiles(),
                gnutls_profiles(), go_profiles(), rust_profiles(), mbedtls_profiles()});
  return list;
}

const Profile* find_profile(std::string_view name) {
  return find_in(profiles(), name);
}

const Profile* find_measured_profile(std::string_view name) {
  static const auto list = together({measured_openssl_profiles(), measured_go_profiles()});
  const auto* profile = find_in(list, name);
  return profile != nullptr ? profile : find_profile(name);
}

}  // namespace mailtap::certs::clients
