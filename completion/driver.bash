# COMMAND OPTION: is the next word the value of this option?
__otpadm_takes()
{
	local REPLY=''
	__otpadm_options ""
	case " $REPLY " in *" $2= "*) return 0 ;; esac
	REPLY=''
	__otpadm_options "$1"
	case " $REPLY " in *" $2= "*) return 0 ;; esac
	return 1
}

_otpadm()
{
	local cur words cword i word REPLY='' command='' option=''
	COMPREPLY=()
	if declare -F _get_comp_words_by_ref >/dev/null; then
		_get_comp_words_by_ref -n := cur words cword
	else
		cur=${COMP_WORDS[COMP_CWORD]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
	fi
	for ((i = 1; i < cword; i++)); do
		word=${words[i]}
		if [[ $option ]]; then
			option=
		elif [[ $word == -* ]]; then
			[[ $word == *=* ]] || ! __otpadm_takes "$command" "$word" || option=$word
		elif [[ $command || $word != help ]]; then
			REPLY=''
			__otpadm_words "$command"
			[[ " $REPLY " != *" $word "* ]] || command=${command:+$command }$word
		fi
	done
	REPLY=''
	if [[ -z $option && $cur == --*=* ]]; then
		option=${cur%%=*} cur=${cur#*=}
	fi
	if [[ $option ]]; then
		__otpadm_values "$command" "$option"
	elif [[ $cur == -* ]]; then
		__otpadm_options "$command"
		word=$REPLY REPLY=
		__otpadm_options ""
		[[ -z $command ]] || REPLY="$word $REPLY"
		REPLY=${REPLY//=/}
	else
		__otpadm_words "$command"
		[[ $REPLY ]] || __otpadm_values "$command" ""
	fi
	if [[ $REPLY == *@file* ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -W "$REPLY" -- "$cur")
		! declare -F __ltrim_colon_completions >/dev/null || __ltrim_colon_completions "$cur"
	fi
}
complete -F _otpadm otpadm
