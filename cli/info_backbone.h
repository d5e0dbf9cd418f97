/* All that `simplenet info --backbone NAME` prints of a network. */
#ifndef SN_CLI_INFO_BACKBONE_H
#define SN_CLI_INFO_BACKBONE_H

#include "cli/setting_options.h"

/* What its input has to be, and its levels. Returns an exit status. */
int sn_print_backbone(const SnSettingTexts *texts);

#endif
