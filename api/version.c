/* The compiler refuses versions that differ. */
#include "base/version.h"
#include "simplenet.h"

const char *sn_version(void) { return SN_VERSION; }
