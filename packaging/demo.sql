-- demo.sql: what two people asked their agent lately.  Written the way an
-- agent writes: plain SQL into users_threads_runs, under bobbin_agent.
INSERT INTO users_threads_runs
    (email, thread_id, run_id, prompt, timestamp, sentiment)
SELECT v.email, v.thread_id, v.run_id, v.prompt,
       date_trunc('second', (now() AT TIME ZONE 'UTC') - v.age), v.sentiment
  FROM (VALUES
	('alice@example.com', 'housing-2024',
	 '00000000-0000-4000-8000-0000000000a1',
	 'How many flats were completed in Prague in 2024?',
	 interval '6 days 3 hours', true),
	('alice@example.com', 'housing-2024',
	 '00000000-0000-4000-8000-0000000000a2',
	 'And how does that compare with 2023?',
	 interval '6 days 2 hours 55 minutes', true),
	('alice@example.com', 'housing-2024',
	 '00000000-0000-4000-8000-0000000000a3',
	 'Show it by district.',
	 interval '6 days 2 hours 40 minutes', NULL),
	('alice@example.com', 'wages',
	 '00000000-0000-4000-8000-0000000000a4',
	 'What was the median gross monthly wage of nurses last year?',
	 interval '2 days 5 hours', false),
	('alice@example.com', 'wages',
	 '00000000-0000-4000-8000-0000000000a5',
	 'I meant hospital nurses only, without allowances.',
	 interval '2 days 4 hours 50 minutes', true),
	('alice@example.com', 'trains',
	 '00000000-0000-4000-8000-0000000000a6',
	 'Which railway lines carried more passengers than before 2020?',
	 interval '3 hours', NULL),
	('bob@example.com', 'energy',
	 '00000000-0000-4000-8000-0000000000b1',
	 'How much electricity came from wind in the first quarter?',
	 interval '4 days', true),
	('bob@example.com', 'energy',
	 '00000000-0000-4000-8000-0000000000b2',
	 'Same for solar, month by month.',
	 interval '3 days 23 hours', NULL),
	('bob@example.com', 'births',
	 '00000000-0000-4000-8000-0000000000b3',
	 'In which regions did more people die than were born?',
	 interval '1 day 1 hour', false)
       ) AS v (email, thread_id, run_id, prompt, age, sentiment)
 ORDER BY v.age DESC;
