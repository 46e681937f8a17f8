import java.io.FileInputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

/**
 * Asks veraPDF whether PDF files keep the rules of PDF/A-3a and PDF/UA-1: VeraPdf FILE.pdf…
 *
 * <p>Prints one line for each file and standard: file, check, "pass" or "fail", and the failed rules
 * (specification clause, test number, how often, what veraPDF says of the first), with tabs between.
 */
public final class VeraPdf {
  private static final Map<String, PDFAFlavour> STANDARDS = new LinkedHashMap<>();

  static {
    STANDARDS.put("PDF/A-3a", PDFAFlavour.PDFA_3_A);
    STANDARDS.put("PDF/UA-1", PDFAFlavour.PDFUA_1);
  }

  public static void main(String[] files) {
    Logger.getLogger("").setLevel(Level.OFF);
    VeraGreenfieldFoundryProvider.initialise();
    for (String file : files) {
      STANDARDS.forEach((name, flavour) -> {
        try {
          judge(file, name, flavour);
        } catch (Exception e) {
          print(file, name, false, e.toString());
        }
      });
    }
  }

  private static void judge(String file, String name, PDFAFlavour flavour) throws Exception {
    // A parser reads one standard's model: a new one for each.
    try (var in = new FileInputStream(file);
        var parser = Foundries.defaultInstance().createParser(in, flavour);
        var validator = Foundries.defaultInstance().createValidator(flavour, 500, false, false, false)) {
      var result = validator.validate(parser);
      Map<String, Integer> times = new TreeMap<>();
      Map<String, String> says = new TreeMap<>();
      for (var a : result.getTestAssertions()) {
        if (a.getStatus() == TestAssertion.Status.FAILED) {
          String rule = a.getRuleId().getClause() + "-" + a.getRuleId().getTestNumber();
          times.merge(rule, 1, Integer::sum);
          says.putIfAbsent(rule, a.getMessage());
        }
      }
      var detail = new StringBuilder();
      times.forEach((rule, n) -> detail.append(rule).append(" ×").append(n).append(" ").append(says.get(rule)).append("; "));
      boolean ok = result.isCompliant() && times.isEmpty();
      print(file, name, ok, ok ? "0 failed rules of " + result.getTotalAssertions() + " checks" : detail.toString());
    }
  }

  private static void print(String file, String check, boolean ok, String detail) {
    System.out.println(file + "\t" + check + "\t" + (ok ? "pass" : "fail") + "\t" + detail.replaceAll("\\s+", " "));
  }
}
