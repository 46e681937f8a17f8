package pack

// Folders of an evidence pack, below data/.
const (
	RecordsFolder      = "records"      // the register's records, and samples with their frames
	EvidenceFolder     = "evidence"     // attached documents, as they were given
	CertificatesFolder = "certificates" // issued certificates
	DocumentsFolder    = "documents"    // assessments and dossiers written in the register, drawn and signed
	LogFolder          = "log"          // the activity log and its proofs
)

// FrameEnd ends the name of the frame that a sample was drawn from; the sample
// itself has .json in its place.
const FrameEnd = ".frame.txt"
