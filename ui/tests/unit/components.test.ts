import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, expect, test, vi } from 'vitest';
import { ApiError } from '$lib/api/error';
import ErrorBox from '$lib/ui/ErrorBox.svelte';
import Field from '$lib/ui/Field.svelte';
import Figure from '$lib/ui/Figure.svelte';
import Segmented from '$lib/ui/Segmented.svelte';
import Status from '$lib/ui/Status.svelte';
import Table from '$lib/ui/Table.svelte';

afterEach(cleanup);

test('a figure without a value says so and is no zero', () => {
  render(Figure, { label: 'p99', value: null });
  expect(screen.getByTitle('no data').textContent).toBe('–');
});

test('status is a word, not only a colour', () => {
  render(Status, { level: 'crit' });
  expect(screen.getByText('unavailable')).toBeTruthy();
});

test('an error tells what happened, what to do, and hands out its detail', () => {
  render(ErrorBox, {
    doing: 'load the run',
    error: new ApiError('not_found', 'no run "r9"', { field: 'run' }, 404, 'run'),
  });
  const box = screen.getByRole('alert');
  expect(box.textContent).toContain('Could not load the run');
  expect(box.textContent).toContain('no run "r9"');
  expect(box.textContent).toContain('"field": "run"');
});

test('a field ties its error to its input', () => {
  render(Field, { label: 'Seed', value: 'x', error: 'seed: a whole number' });
  const input = screen.getByLabelText('Seed');
  expect(input.getAttribute('aria-invalid')).toBe('true');
  expect(document.getElementById(input.getAttribute('aria-describedby')!)?.textContent).toBe(
    'seed: a whole number',
  );
});

test('arrow keys move a choice', async () => {
  const onchange = vi.fn();
  render(Segmented<string>, {
    label: 'Metric',
    value: 'cpu',
    options: [
      { value: 'cpu', label: 'CPU' },
      { value: 'memory', label: 'Memory' },
    ],
    onchange,
  });
  await fireEvent.keyDown(screen.getByRole('radio', { name: 'CPU' }), { key: 'ArrowRight' });
  expect(onchange).toHaveBeenCalledWith('memory');
  expect(screen.getByRole('radio', { name: 'Memory' }).getAttribute('aria-checked')).toBe('true');
});

test('a table sorts by its headings and selects with the keyboard', async () => {
  const onselect = vi.fn();
  render(Table<{ name: string; cpu: number | null }>, {
    label: 'Nodes',
    rows: [
      { name: 'a', cpu: 1 },
      { name: 'b', cpu: null },
      { name: 'c', cpu: 3 },
    ],
    key: (r) => r.name,
    columns: [
      { key: 'name', label: 'Name', value: (r) => r.name },
      { key: 'cpu', label: 'CPU', value: (r) => r.cpu, align: 'right' },
    ],
    onselect,
  });
  const names = () =>
    screen
      .getAllByRole('row')
      .slice(1)
      .map((r) => r.textContent!.trim()[0]);
  expect(names()).toEqual(['a', 'b', 'c']);
  await fireEvent.click(screen.getByRole('button', { name: /CPU/ }));
  expect(names()).toEqual(['c', 'a', 'b']);
  expect(screen.getByRole('columnheader', { name: /CPU/ }).getAttribute('aria-sort')).toBe('descending');
  await fireEvent.keyDown(screen.getAllByRole('row')[1]!, { key: 'ArrowDown' });
  await fireEvent.keyDown(screen.getAllByRole('row')[1]!, { key: 'Enter' });
  expect(onselect).toHaveBeenCalledWith({ name: 'a', cpu: 1 });
});
