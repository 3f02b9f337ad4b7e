/* command_help.h - help of the commands that watch, which is longer than a row of the table should be. */
#ifndef EDGECRON_CLI_COMMAND_HELP_H
#define EDGECRON_CLI_COMMAND_HELP_H

extern const char alert_set_help[], alert_mute_help[], alert_history_help[], alert_test_help[], channel_set_help[];

#endif
