// What Java says of servers' chains: one line of tab-separated fields in, one out.
//
//   in    id, "file" or a port of 127.0.0.1, name or "-", seconds since 1970 or "-", file of the chain, of the anchors
//   out   id, "accepts" or "refuses", what it said
//
// Of a file the PKIX trust manager is asked, and HostnameChecker where there is a name; of a port an SSLSocket, with
// endpoint identification where there is one. Run with --add-exports java.base/sun.security.util=ALL-UNNAMED.

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import sun.security.util.HostnameChecker;

public class Chains {
  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", Pattern.DOTALL);

  static List<X509Certificate> read(String file, boolean all) throws Exception {
    List<X509Certificate> certificates = new ArrayList<>();
    Matcher matcher = CERTIFICATE.matcher(Files.readString(Path.of(file)));
    while (matcher.find()) {
      byte[] der = Base64.getMimeDecoder().decode(matcher.group(1));
      try {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        certificates.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
      } catch (CertificateException error) {
        if (all) throw new CertificateException("Failed to parse server certificates", error);
      }
    }
    return certificates;
  }

  static X509TrustManager trust(String file, String time) throws Exception {
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    Set<TrustAnchor> anchors = new HashSet<>();
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null);
    for (X509Certificate certificate : read(file, false)) {
      anchors.add(new TrustAnchor(certificate, null));
      store.setCertificateEntry("anchor" + anchors.size(), certificate);
    }
    if (time.equals("-")) {
      factory.init(store);
    } else {
      PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, new X509CertSelector());
      parameters.setRevocationEnabled(false);
      parameters.setDate(new Date(Long.parseLong(time) * 1000));
      factory.init(new CertPathTrustManagerParameters(parameters));
    }
    return (X509TrustManager) factory.getTrustManagers()[0];
  }

  static String authType(X509Certificate leaf) {
    String algorithm = leaf.getPublicKey().getAlgorithm();
    return algorithm.equals("DSA") ? "DHE_DSS" : algorithm.equals("EC") ? "ECDHE_ECDSA" : "ECDHE_RSA";
  }

  static void ask(String how, String name, String time, String chainFile, String anchorsFile) throws Exception {
    X509TrustManager trust = trust(anchorsFile, time);
    if (how.equals("file")) {
      X509Certificate[] chain = read(chainFile, true).toArray(new X509Certificate[0]);
      trust.checkServerTrusted(chain, authType(chain[0]));
      if (!name.equals("-")) HostnameChecker.getInstance(HostnameChecker.TYPE_TLS).match(name, chain[0]);
      return;
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new X509TrustManager[] {trust}, null);
    try (Socket tcp = new Socket("127.0.0.1", Integer.parseInt(how));
        SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(tcp, name, tcp.getPort(), true)) {
      SSLParameters parameters = tls.getSSLParameters();
      if (!name.equals("-")) parameters.setEndpointIdentificationAlgorithm("HTTPS");
      tls.setSSLParameters(parameters);
      tls.startHandshake();
    }
  }

  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] field = line.split("\t");
      String said = "accepts\t";
      try {
        ask(field[1], field[2], field[3], field[4], field[5]);
      } catch (Exception error) {
        StringBuilder text = new StringBuilder(error.toString());
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause())
          text.append(" <- ").append(cause);
        said = "refuses\t" + text.toString().replaceAll("\\s+", " ");
      }
      System.out.println(field[0] + "\t" + said);
    }
  }
}
