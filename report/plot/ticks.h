/* Round numbers along an axis. */
#ifndef SN_REPORT_PLOT_TICKS_H
#define SN_REPORT_PLOT_TICKS_H

/* The step, 1, 2 or 5 times a power of ten, that divides a range (above 0) into about `parts`. */
double sn_tick_step(double range, double parts);

/* Writes a multiple of a step (above 0), in thousands (k), millions (M) or milliards (G) where the step is that large,
 * with a point whatever the locale. */
enum { SN_TICK_LENGTH = 48 };
void sn_tick_text(double value, double step, char text[SN_TICK_LENGTH]);

/* Decimals that multiples of a step (above 0) need, from 0 to 9. */
int sn_tick_decimals(double step);

#endif
