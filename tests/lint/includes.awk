# includes.awk - checks every #include of src/ against the table `layers` (the first file).
FILENAME ~ /lint\/layers$/ {
    if ($1 == "layer") { known[$2] = 1; may[$2, $2] = 1; for (i = 3; i <= NF; i++) may[$2, $i] = 1 }
    if ($1 == "header") { header[++headers] = $2; user[headers] = $3 }
    if ($1 == "core-system") for (i = 2; i <= NF; i++) system_header[$i] = 1
    next
}
FNR == 1 { split(FILENAME, part, "/"); layer = part[2]; if (!(layer in known)) print FILENAME ": '" layer "' is not a layer" }
/^[ \t]*#[ \t]*include/ {
    target = $0
    sub(/^[^<"]*[<"]/, "", target)
    sub(/[>"].*/, "", target)
    where = FILENAME ":" FNR ": "
    for (i = 1; i <= headers; i++)
        if (target ~ header[i] && FILENAME !~ user[i]) print where target " is not for this file"
    if (target ~ /\// && split(target, t, "/") == 2 && (t[1] in known)) {
        if (!((layer, t[1]) in may)) print where layer " may not include " target
    } else if (layer == "core" && !(target in system_header))
        print where "core may not include " target
}
