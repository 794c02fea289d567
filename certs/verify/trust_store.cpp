#include <algorithm>
#include <array>
#include <filesystem>

#include "certs/model/content_kind.h"
#include "certs/model/ocsp.h"
#include "certs/model/pem.h"
#include "certs/verify/system_roots.h"
#include "certs/verify/trust_store_contents.h"
#include "config/base/file.h"

namespace mailtap::certs {

namespace {

namespace fs = std::filesystem;

/// Whether others can be issued under it, or it is a server's own that is trusted as such (self-signed). A
/// certificate of version 1 doesn't say; Windows takes it as a root.
bool may_be_anchor(const Certificate& certificate) {
  if (certificate.self_issued() || certificate.version < 3) return true;
  return certificate.basic_constraints && certificate.basic_constraints->ca;
}

/// Adds a file's certificates; says how many.
Result<std::size_t> add_file(CertificateSet& set, const fs::path& file) {
  const auto content = read_named_file(file);
  if (!content) return tl::unexpected(content.error());
  const auto found = certificates_in(*content);
  if (!found) return fail(file.string() + ": " + found.error().message);
  for (std::size_t i = 0; i < found->size(); ++i) {
    auto certificate = parse_certificate((*found)[i]);
    if (!certificate)
      return fail(file.string() + ": certificate " + std::to_string(i + 1) + " is " +
                  certificate.error().message);
    set.add(std::move(*certificate));
  }
  return found->size();
}

/// A file that was named: Windows and others don't trust what is in it unless some of it is fit for an
/// anchor, and so would reject what we called trusted.
Result<std::size_t> add_named_file(CertificateSet& set, const fs::path& file) {
  CertificateSet named;
  auto count = add_file(named, file);
  if (!count || *count == 0) return count;
  const auto& all = named.all();
  if (std::none_of(all.begin(), all.end(), [](const auto& one) { return may_be_anchor(*one); }))
    return fail(file.string() + ": \"" + all.front()->short_name() +
                "\" is a server's certificate that another CA issued: curl, GnuTLS, Go and Python 3.13 take "
                "such for a "
                "root, Windows and OpenSSL by themselves don't; give the certificate of its issuer, " +
                all.front()->issuer.text());
  for (const auto& one : all) set.add(one);
  return count;
}

/// A folder as c_rehash and ca-certificates make it: certificates among other files.
Result<std::size_t> add_folder(CertificateSet& set, const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    // A link that leads nowhere is no reason to refuse the folder.
    if (std::error_code ignored; it->is_regular_file(ignored)) files.push_back(it->path());
  if (error)
    return fail(folder.string() + ": can't read the folder: " + error.message() +
                "; correct the path, or its rights");
  std::sort(files.begin(), files.end());
  std::size_t count = 0;
  for (const auto& file : files) {
    static constexpr std::array<std::string_view, 7> suffixes{".pem", ".crt", ".cer", ".der",
                                                              ".p7b", ".p7c", ".0"};
    const auto extension = to_lower_ascii(file.extension().string());
    if (std::find(suffixes.begin(), suffixes.end(), extension) == suffixes.end()) continue;
    auto added = add_file(set, file);
    if (!added) return added;
    count += *added;
  }
  return count;
}

/// With the folders in it, as update-ca-certificates does. What can't be read is passed over.
void add_tree(CertificateSet& set, const fs::path& folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (std::error_code ignored; it->is_regular_file(ignored)) (void)add_file(set, it->path());
}

/// `intermediates`: null, if they aren't wanted.
Result<std::size_t> add_system(CertificateSet& set, CertificateSet* intermediates) {
  auto roots = system_roots();
  if (!roots) return tl::unexpected(roots.error());
  if (!roots->file.empty()) return add_file(set, roots->file);
  std::size_t count = 0;
  for (const auto& der : roots->certificates) {
    // A machine's store may hold what we don't read; the rest of it counts all the same.
    auto certificate = parse_certificate(der);
    if (!certificate) continue;
    set.add(std::move(*certificate));
    ++count;
  }
  if (intermediates == nullptr) return count;
  for (const auto& der : roots->intermediates)
    if (auto certificate = parse_certificate(der)) intermediates->add(std::move(*certificate));
  return count;
}

/// Those of the system's that its admin didn't put there: nobody else trusts these.
CertificateSet public_roots() {
  CertificateSet all, local, remaining;
  // Without the system's roots no CA is known as public; that is no reason to refuse.
  const auto roots = system_roots();
  if (!roots || !add_system(all, nullptr)) return remaining;
  for (const auto& folder : roots->local_folders) add_tree(local, folder);
  for (const auto& one : all.all())
    if (!local.contains(*one)) remaining.add(one);
  return remaining;
}

Result<void> add_source(TrustStore::Contents& contents, const std::string& source) {
  auto& set = contents.anchors;
  std::error_code error;
  const bool folder = fs::is_directory(source, error);
  const auto count = source == "system" ? add_system(set, &contents.intermediates)
                     : folder           ? add_folder(set, source)
                                        : add_named_file(set, source);
  if (!count) return tl::unexpected(count.error());
  if (*count == 0) {
    const auto content = folder ? Result<std::string>(std::string{}) : read_named_file(source);
    if (content && kind_of_content(*content) > ContentKind::certificate)
      return fail(source + ": " + without_certificate(*content));
    return fail(source +
                ": no certificate in it (PEM, DER and PKCS#7 are understood); export the roots anew");
  }
  return {};
}

Result<void> add_crl(std::vector<CrlPtr>& crls, Bytes der, const std::string& origin) {
  auto crl = parse_crl(der);
  if (!crl) return fail(origin + ": " + crl.error().message + "; fetch it anew or leave it out");
  crls.push_back(std::move(*crl));
  return {};
}

std::shared_ptr<const TrustStore> finish(std::unique_ptr<TrustStore::Contents> contents) {
  Buffer everything;
  const auto append = [&](const auto& digest) {
    everything.insert(everything.end(), digest.begin(), digest.end());
  };
  for (const auto& anchor : contents->anchors.all()) append(anchor->sha256);
  everything.push_back(0);
  for (const auto& root : contents->public_roots.all()) append(root->sha256);
  everything.push_back(0);
  for (const auto& intermediate : contents->intermediates.all()) append(intermediate->sha256);
  everything.push_back(0);
  for (const auto& crl : contents->lists.crls) append(crl->sha256);
  everything.push_back(0);
  for (const auto& response : contents->lists.responses) append(response->sha256);
  for (const auto& [url, why] : contents->lists.unavailable)
    append(sha256_of(as_bytes(std::string(url).append(" ").append(why))));
  contents->identity = sha256_of(everything);
  return std::make_shared<const TrustStore>(std::move(contents));
}

}  // namespace

std::shared_ptr<const TrustStore> TrustStore::with_lists(const TrustStore& base,
                                                         const std::vector<std::shared_ptr<const Crl>>& lists,
                                                         std::map<std::string, std::string> unavailable,
                                                         const std::vector<OcspPtr>& responses) {
  auto contents = std::make_unique<Contents>(base.contents());
  contents->lists.crls.insert(contents->lists.crls.end(), lists.begin(), lists.end());
  contents->lists.responses.insert(contents->lists.responses.end(), responses.begin(), responses.end());
  contents->lists.unavailable.merge(std::move(unavailable));
  return finish(std::move(contents));
}

TrustStore::TrustStore(std::unique_ptr<const Contents> contents) : contents_(std::move(contents)) {}
TrustStore::~TrustStore() = default;

std::size_t TrustStore::size() const {
  return contents_->anchors.all().size();
}

Result<std::shared_ptr<const TrustStore>> TrustStore::load(const std::vector<std::string>& sources,
                                                           const std::vector<std::string>& crl_files) {
  auto contents = std::make_unique<Contents>();
  for (const auto& source : sources)
    if (auto added = add_source(*contents, source); !added) return fail_about("trust", added.error());
  contents->public_roots = public_roots();
  for (const auto& file : crl_files) {
    const auto content = read_named_file(file);
    if (!content) return fail_about("crl", content.error());
    const auto found = crls_in(*content);
    if (!found) return fail(file + ": " + found.error().message, "crl");
    if (found->empty())
      return fail(
          file +
              ": no revocation list in it (PEM and DER are understood); give the CA's CRL, or leave it out",
          "crl");
    for (const auto& der : *found)
      if (auto added = add_crl(contents->lists.crls, der, file); !added)
        return fail_about("crl", added.error());
  }
  return finish(std::move(contents));
}

Result<std::shared_ptr<const TrustStore>> TrustStore::of(const std::vector<Buffer>& anchors,
                                                         const std::vector<Buffer>& crls,
                                                         const std::vector<Buffer>& intermediates) {
  auto contents = std::make_unique<Contents>();
  for (std::size_t i = 0; i < anchors.size(); ++i) {
    auto certificate = parse_certificate(anchors[i]);
    if (!certificate) return fail("anchor " + std::to_string(i + 1) + ": " + certificate.error().message);
    contents->anchors.add(std::move(*certificate));
  }
  for (std::size_t i = 0; i < intermediates.size(); ++i) {
    auto certificate = parse_certificate(intermediates[i]);
    if (!certificate)
      return fail("intermediate " + std::to_string(i + 1) + ": " + certificate.error().message);
    contents->intermediates.add(std::move(*certificate));
  }
  for (std::size_t i = 0; i < crls.size(); ++i)
    if (auto added = add_crl(contents->lists.crls, crls[i], "revocation list " + std::to_string(i + 1));
        !added)
      return tl::unexpected(added.error());
  return finish(std::move(contents));
}

}  // namespace mailtap::certs
