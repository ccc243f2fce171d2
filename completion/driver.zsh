# COMMAND OPTION: is the next word the value of this option?
__otpadm_takes()
{
	local REPLY=
	__otpadm_options ""
	[[ " $REPLY " == *" $2= "* ]] && return 0
	REPLY=
	__otpadm_options "$1"
	[[ " $REPLY " == *" $2= "* ]]
}

_otpadm()
{
	local i word REPLY= command= option= cur=${words[CURRENT]}
	local -a told
	for ((i = 2; i < CURRENT; i++)); do
		word=${words[i]}
		if [[ -n $option ]]; then
			option=
		elif [[ $word == -* ]]; then
			[[ $word != *=* ]] && __otpadm_takes "$command" "$word" && option=$word
		elif [[ -n $command || $word != help ]]; then
			REPLY=
			__otpadm_words "$command"
			[[ " $REPLY " == *" $word "* ]] && command=${command:+$command }$word
		fi
	done
	REPLY=
	if [[ -z $option && $cur == --*=* ]]; then
		option=${cur%%=*}
		compset -P '*='
	fi
	if [[ -n $option ]]; then
		__otpadm_values "$command" "$option"
	elif [[ $cur == -* ]]; then
		__otpadm_options "$command"
		word=$REPLY REPLY=
		__otpadm_options ""
		[[ -n $command ]] && REPLY="$word $REPLY"
		REPLY=${REPLY//=/}
	else
		__otpadm_told "$command"
		if (( $#told )); then
			_describe -t commands command told
			return
		fi
		__otpadm_values "$command" ""
	fi
	if [[ $REPLY == *@file* ]]; then
		_files
	else
		compadd -- ${=REPLY}
	fi
}

if [[ ${funcstack[1]} == _otpadm ]]; then
	_otpadm "$@"
else
	compdef _otpadm otpadm
fi
