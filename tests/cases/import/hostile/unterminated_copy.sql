copy cron.job (jobid, schedule, command, active, jobname) from stdin;
1	0 7 * * *	select 1