# Adds up what callgrind counted, function by function, but for what time brings
# about and not the program's work: the runtime's monitor and timers, its locks
# (which both take), the poller, the client's sweeper, a recorder's new second.
BEGIN {
  time = "runtime\\.(sysmon|retake|usleep|futex|nanotime|walltime|netpoll|lock|unlock|stealWork|findRunnable|checkdead|incidlelocked)" \
    "|runtime\\.\\(\\*timers?\\)|runtime\\.(selectgo|sellock|selunlock|mstart|notesleep|notewakeup|stopm|startm|pidle|mPark|injectglist|setBlock)" \
    "|runtime\\.\\(\\*pageAlloc|runtime\\.(pcvalue|step|readvarint|findfunc)|\\)\\.sweep|\\(\\*sweeper\\)|\\(\\*Shard\\)\\.turn|internal/hdr\\.\\(\\*pages"
}
/^c?fn=/ {
  id = $0
  sub(/^c?fn=/, "", id)
  name = id
  sub(/\).*/, ")", id)
  if (sub(/^\([0-9]+\) /, "", name)) names[id] = name
  if (/^fn=/) work = names[id] !~ time
}
/^calls=/ { getline; next } # the line after is the callee's
/^[0-9+*-]/ && work { sum += $2 }
END { printf "%d\n", sum }
