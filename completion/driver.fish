# The command among the words typed so far: "user add", "user", or nothing.
function __otpadm_command
    set -l tokens (commandline -opc)
    set -l command
    set -l skip 0
    for token in $tokens[2..-1]
        if test $skip = 1
            set skip 0
        else if string match -q -- '-*' $token
            if contains -- $token $__otpadm_takes
                set skip 1
            end
        else if test -n "$command"; or test $token != help
            set -l next (string trim -- "$command $token")
            if contains -- $next $__otpadm_known
                set command $next
            end
        end
    end
    echo $command
end

function __otpadm_at
    test (__otpadm_command) = "$argv"
end

complete -c otpadm -f
