#include "base/json.h"
#include "cli/command.h"

int main(int argc, char **argv)
{
    json_init();
    return command_main(argc, argv);
}
