import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;

/**
 * Asks BouncyCastle what it thinks of the second signature of an evidence pack, by ML-DSA-65 in a CMS of
 * RFC 9882: java Mldsa.java FOLDER, which holds pack.zip and root.pem (the trust file, which
 * pins the key). Prints a line for each check: file, check, "pass" or "fail", and why, with tabs between.
 */
class Mldsa {
  static final String LIST = "tagmanifest-sha256.txt";

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    String file = folder.resolve("pack.zip").toString();
    Map<String, byte[]> pack = new HashMap<>();
    try (ZipFile zip = new ZipFile(file)) { // a stream would not do: Java refuses stored files with their sizes behind them
      for (ZipEntry e : zip.stream().toList()) {
        pack.put(e.getName().substring(e.getName().indexOf('/') + 1), zip.getInputStream(e).readAllBytes());
      }
    }
    try {
      String trust = Files.readString(folder.resolve("root.pem"));
      say(file, "ML-DSA-65", true, check(pack, pack.get(LIST), trust));
      byte[] changed = pack.get(LIST).clone();
      changed[3] ^= 1;
      boolean refused = false;
      try {
        check(pack, changed, trust);
      } catch (Exception e) {
        refused = true;
      }
      say(file, "ML-DSA-65, changed", refused, refused ? "refused" : "a changed list passes");
    } catch (Exception e) {
      say(file, "ML-DSA-65", false, e.toString());
    }
  }

  static String check(Map<String, byte[]> pack, byte[] list, String trust) throws Exception {
    X509CertificateHolder pinned;
    try (PEMParser pem = new PEMParser(new java.io.InputStreamReader(
        new ByteArrayInputStream(pack.get("second.pem")), StandardCharsets.US_ASCII))) {
      pinned = (X509CertificateHolder) pem.readObject();
    }
    byte[] sum = MessageDigest.getInstance("SHA-256").digest(pinned.getSubjectPublicKeyInfo().getEncoded());
    String fingerprint = HexFormat.of().formatHex(sum);
    if (!trust.contains("Assay ML-DSA-65 key " + fingerprint + " ")) {
      throw new Exception("the trust file does not name the key " + fingerprint);
    }
    BouncyCastleProvider provider = new BouncyCastleProvider();
    CMSSignedData cms = new CMSSignedData(new CMSProcessableByteArray(list), pack.get(LIST + ".mldsa.p7s"));
    var signers = cms.getSignerInfos().getSigners();
    if (signers.size() != 1) {
      throw new Exception(signers.size() + " signers");
    }
    for (SignerInformation s : signers) {
      if (!s.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider(provider).build(pinned))) {
        throw new Exception("the signature does not hold");
      }
    }
    if (!pinned.isSignatureValid(new org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder().setProvider(provider).build(pinned))) {
      throw new Exception("the certificate does not hold");
    }
    return "by " + pinned.getSubject();
  }

  static void say(String file, String check, boolean ok, String detail) {
    System.out.println(String.join("\t", file, check, ok ? "pass" : "fail", detail.replaceAll("\\s+", " ")));
  }
}
