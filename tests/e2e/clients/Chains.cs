// What .NET, as Mono has it, says of servers' chains: one line of tab-separated fields in, one out.
//
//   in    id, a port of 127.0.0.1, name, "-", file of the chain, folder of the anchors
//   out   id, "accepts" or "refuses", SslPolicyErrors, what the chain's status is
//
// The argument is the store of HOME's user, which is given each case's anchors: there is no other way to trust one.

using System;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

static class Chains {
  static string Ask(int port, string name) {
    string said = "no certificate was seen";
    using (var tcp = new TcpClient("127.0.0.1", port))
    using (var tls = new SslStream(tcp.GetStream(), false, (sender, certificate, chain, errors) => {
      said = errors + "\t" + string.Join(", ", chain.ChainStatus.Select(s => s.Status.ToString()));
      return errors == SslPolicyErrors.None;
    })) {
      try {
        tls.AuthenticateAsClient(name, null, SslProtocols.Tls12, false);
        return "accepts\t" + said;
      } catch (Exception error) {
        return "refuses\t" + said + " " + error.Message.Replace('\n', ' ');
      }
    }
  }

  static void Trust(string folder, string store) {
    foreach (var file in Directory.GetFiles(store)) File.Delete(file);
    foreach (var file in Directory.GetFiles(folder)) File.Copy(file, Path.Combine(store, Path.GetFileName(file)));
  }

  static void Main(string[] arguments) {
    for (var line = Console.ReadLine(); line != null; line = Console.ReadLine()) {
      var field = line.Split('\t');
      string said;
      try {
        Trust(field[5], arguments[0]);
        said = Ask(int.Parse(field[1]), field[2]);
      } catch (Exception error) {
        said = "refuses\t" + error.Message.Replace('\n', ' ');
      }
      Console.WriteLine(field[0] + "\t" + said);
    }
  }
}
