; Installs Assay for one person, without an administrator's rights, and takes
; everything away again. `go run ./build package` passes VERSION, FILES (the
; folder with the programs), ICON and OUT.
Unicode true
!include "MUI2.nsh"

Name "Assay"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Assay"
InstallDirRegKey HKCU "Software\Assay" "InstallDir"
RequestExecutionLevel user
SetCompressor /SOLID lzma
BrandingText "Assay ${VERSION}"

VIProductVersion "${VERSION4}"
VIAddVersionKey "ProductName" "Assay"
VIAddVersionKey "FileDescription" "Installs Assay"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "MIT licence"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\assay-window.exe"
!define MUI_FINISHPAGE_RUN_TEXT "Open Assay"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${FILES}\LICENSE.txt"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "Welsh"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Assay"

Function .onInit
  ; The window is drawn by WebView2, which Windows 10 and 11 have from Microsoft.
  ReadRegStr $0 HKLM "SOFTWARE\WOW6432Node\Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}" "pv"
  StrCmp $0 "" 0 found
  ReadRegStr $0 HKCU "Software\Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}" "pv"
  StrCmp $0 "" 0 found
  MessageBox MB_OK|MB_ICONINFORMATION "Assay's window needs Microsoft's WebView2 runtime, which this computer does not have yet. Assay will be installed; ask your IT team for WebView2 before you open it. The command line works without it." /SD IDOK
  found:
FunctionEnd

Section
  SetOutPath "$INSTDIR"
  File "${FILES}\assay-window.exe"
  File "${FILES}\assay.exe"
  File "${FILES}\LICENSE.txt"
  File "${FILES}\README.md"
  File "${FILES}\THIRD-PARTY-NOTICES.txt"
  SetOutPath "$INSTDIR\guide"
  File "${FILES}\guide\*.html"
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Assay.lnk" "$INSTDIR\assay-window.exe"

  WriteRegStr HKCU "Software\Assay" "InstallDir" "$INSTDIR"
  WriteRegStr HKCU "Software\Classes\.assay" "" "Assay.Register"
  WriteRegStr HKCU "Software\Classes\Assay.Register" "" "Assay register"
  WriteRegStr HKCU "Software\Classes\Assay.Register\DefaultIcon" "" "$INSTDIR\assay-window.exe,0"
  WriteRegStr HKCU "Software\Classes\Assay.Register\shell\open\command" "" '"$INSTDIR\assay-window.exe" "%1"'

  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Assay"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\assay-window.exe"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

Section "Uninstall"
  ; Registers are the person's own files, wherever they put them: never touched.
  Delete "$INSTDIR\assay-window.exe"
  Delete "$INSTDIR\assay.exe"
  Delete "$INSTDIR\LICENSE.txt"
  Delete "$INSTDIR\README.md"
  Delete "$INSTDIR\THIRD-PARTY-NOTICES.txt"
  Delete "$INSTDIR\guide\*.html"
  RMDir "$INSTDIR\guide"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\Assay.lnk"
  DeleteRegKey HKCU "Software\Classes\Assay.Register"
  DeleteRegKey HKCU "Software\Classes\.assay"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "Software\Assay"
SectionEnd
