#ifndef SN_BASE_VERSION_H
#define SN_BASE_VERSION_H

#define SN_PROGRAM "simplenet"
#define SN_VERSION "1.0.0"

#endif
