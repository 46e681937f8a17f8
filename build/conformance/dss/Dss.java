import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks the European Commission's DSS what it thinks of signed PDF files: Dss ROOT.pem FILE.pdf…
 *
 * <p>Prints one line for each signature: file, check, "pass" or "fail", and what DSS says, with tabs
 * between. A file passes when every signature is TOTAL_PASSED and of a PAdES baseline level.
 *
 * <p>The policy is DSS's own (ETSI EN 319 102-1) with one rule softened: an organisation that is its
 * own certification authority publishes no revocation service, so that absent revocation data is a
 * warning here. What is revoked stands in the organisation's signed list, which Assay checks.
 */
public final class Dss {
  public static void main(String[] args) throws Exception {
    var trusted = new CommonTrustedCertificateSource();
    try (InputStream in = new FileInputStream(args[0])) {
      for (var c : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        var token = new CertificateToken((X509Certificate) c);
        if (token.isSelfSigned()) { // the file may hold the assessors' certificates as well
          trusted.addCertificate(token);
        }
      }
    }
    String policy;
    try (InputStream in = SignedDocumentValidator.class.getResourceAsStream("/policy/constraint.xml")) {
      policy = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    String soft = policy.replaceAll("<(RevocationDataAvailable|AcceptableRevocationDataFound) Level=\"FAIL\"", "<$1 Level=\"WARN\"");
    if (soft.equals(policy)) {
      throw new IllegalStateException("the policy of this DSS has no rule RevocationDataAvailable at level FAIL");
    }
    for (int i = 1; i < args.length; i++) {
      try {
        judge(args[i], trusted, soft);
      } catch (Exception e) {
        print(args[i], "PAdES", false, e.toString());
      }
    }
  }

  private static void judge(String file, CommonTrustedCertificateSource trusted, String policy) {
    var verifier = new CommonCertificateVerifier(); // no fetchers: nothing is asked of any network
    verifier.setTrustedCertSources(trusted);
    var validator = SignedDocumentValidator.fromDocument(new FileDocument(file));
    validator.setCertificateVerifier(verifier);
    Reports reports = validator.validateDocument(new ByteArrayInputStream(policy.getBytes(StandardCharsets.UTF_8)));
    SimpleReport report = reports.getSimpleReport();
    if (report.getSignaturesCount() == 0) {
      print(file, "PAdES", false, "no signature");
    }
    for (String id : report.getSignatureIdList()) {
      Indication verdict = report.getIndication(id);
      String level = String.valueOf(report.getSignatureFormat(id));
      List<String> said = new ArrayList<>();
      for (Message m : report.getAdESValidationErrors(id)) {
        said.add(m.getValue());
      }
      String detail = level + " " + verdict + (report.getSubIndication(id) == null ? "" : "/" + report.getSubIndication(id)) + " by " + report.getSignedBy(id);
      if (!said.isEmpty()) {
        detail += ": " + String.join("; ", said);
      }
      print(file, "PAdES", verdict == Indication.TOTAL_PASSED && level.startsWith("PAdES-BASELINE-"), detail);
    }
  }

  private static void print(String file, String check, boolean ok, String detail) {
    System.out.println(file + "\t" + check + "\t" + (ok ? "pass" : "fail") + "\t" + detail.replaceAll("\\s+", " "));
  }
}
