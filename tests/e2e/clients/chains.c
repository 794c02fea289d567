// What crypt32 says of chains, and its policy for TLS of the name: one line of tab-separated fields in, one out.
//
//   in    id, "file", name or "-", seconds since 1970 or "-", file of the chain, of the anchors
//   out   id, "accepts" or "refuses", the policy's HRESULT and the chain's error status; "crashes", and it ends
//
// The anchors are the only roots (CERT_CHAIN_ENGINE_CONFIG.hExclusiveRoot), nothing is asked of the network.
#include <windows.h>
#include <wincrypt.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *text_of(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  char *text = calloc(1, 1 << 20);
  fread(text, 1, (1 << 20) - 1, file);
  fclose(file);
  return text;
}

/// Adds each certificate of a PEM file to a store in memory. The first one that can be read, if it is asked for.
static HCERTSTORE store_of(const char *path, PCCERT_CONTEXT *first, int *first_is_bad) {
  HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
  char *text = text_of(path);
  int number = 0;
  for (char *at = text; at != NULL && (at = strstr(at, "-----BEGIN CERTIFICATE-----")) != NULL; ++number) {
    char *end = strstr(at, "-----END CERTIFICATE-----");
    if (end == NULL) break;
    end += strlen("-----END CERTIFICATE-----");
    BYTE der[65536];
    DWORD size = sizeof der;
    PCCERT_CONTEXT added = NULL;
    const int read = CryptStringToBinaryA(at, (DWORD)(end - at), CRYPT_STRING_BASE64HEADER, der, &size, NULL, NULL) &&
                     CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, size, CERT_STORE_ADD_ALWAYS, &added);
    if (first != NULL && number == 0) {
      *first = read ? added : NULL;
      *first_is_bad = !read;
    }
    at = end;
  }
  free(text);
  return store;
}

static void ask(const char *id, const char *name, const char *at, const char *chain_file, const char *anchors_file) {
  PCCERT_CONTEXT leaf = NULL;
  int bad = 1;
  HCERTSTORE sent = store_of(chain_file, &leaf, &bad), anchors = store_of(anchors_file, NULL, NULL);
  if (bad) {
    printf("%s\trefuses\tthe certificate can't be read\n", id);
    return;
  }
  // The structure of Windows 7: wine knows no longer one.
  CERT_CHAIN_ENGINE_CONFIG config = {.cbSize = offsetof(CERT_CHAIN_ENGINE_CONFIG, dwExclusiveFlags),
                                     .hExclusiveRoot = anchors, .dwFlags = CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL};
  HCERTCHAINENGINE engine = NULL;
  if (!CertCreateCertificateChainEngine(&config, &engine)) {
    printf("%s\trefuses\tno engine: 0x%08lX\n", id, GetLastError());
    return;
  }
  char *usages[] = {(char *)szOID_PKIX_KP_SERVER_AUTH};
  CERT_CHAIN_PARA wanted = {.cbSize = sizeof wanted};
  wanted.RequestedUsage.dwType = USAGE_MATCH_TYPE_OR;
  wanted.RequestedUsage.Usage.cUsageIdentifier = 1;
  wanted.RequestedUsage.Usage.rgpszUsageIdentifier = usages;
  FILETIME time, *when = NULL;
  if (strcmp(at, "-") != 0) {
    const long long ticks = (atoll(at) + 11644473600LL) * 10000000LL;  // of 100 ns, since 1601
    time.dwLowDateTime = (DWORD)ticks;
    time.dwHighDateTime = (DWORD)(ticks >> 32);
    when = &time;
  }
  PCCERT_CHAIN_CONTEXT chain = NULL;
  if (!CertGetCertificateChain(engine, leaf, when, sent, &wanted, CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL, NULL, &chain)) {
    printf("%s\trefuses\tno chain: 0x%08lX\n", id, GetLastError());
    return;
  }
  WCHAR wide[512];
  MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, 512);
  SSL_EXTRA_CERT_CHAIN_POLICY_PARA tls = {.cbSize = sizeof tls, .dwAuthType = AUTHTYPE_SERVER};
  tls.pwszServerName = strcmp(name, "-") == 0 ? NULL : wide;
  CERT_CHAIN_POLICY_PARA policy = {.cbSize = sizeof policy, .pvExtraPolicyPara = &tls};
  CERT_CHAIN_POLICY_STATUS status = {.cbSize = sizeof status};
  CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, chain, &policy, &status);
  // Windows' policy refuses a chain with any of these errors; wine's passes over some.
  const DWORD errors = chain->TrustStatus.dwErrorStatus;
  printf("%s\t%s\t0x%08lX chain 0x%08lX\n", id, status.dwError == 0 && errors == 0 ? "accepts" : "refuses", status.dwError,
         errors);
  CertFreeCertificateChain(chain);
  CertFreeCertificateChainEngine(engine);
}

static const char *asked = "-";

static LONG WINAPI on_crash(EXCEPTION_POINTERS *unused) {
  (void)unused;
  printf("%s\tcrashes\t\n", asked);
  fflush(stdout);
  ExitProcess(3);
}

int main(void) {
  static char line[8192];
  SetUnhandledExceptionFilter(on_crash);
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *field[6] = {line};
    int count = 1;
    line[strcspn(line, "\r\n")] = 0;
    for (char *at = line; (at = strchr(at, '\t')) != NULL && count < 6; *at++ = 0, field[count++] = at) {
    }
    asked = field[0];
    if (count == 6) ask(field[0], field[2], field[3], field[4], field[5]);
    fflush(stdout);
  }
  return 0;
}
