package io.amqproxy.impl.inmemory;

/**
 * Binding keys of topic exchanges (AMQP 0-9-1, section 3.1.3.3): words between dots, where {@code *} stands for one
 * word and {@code #} for any number of them.
 */
final class TopicPattern {

    private TopicPattern() {}

    static boolean matches(String pattern, String key) {
        String[] wanted = words(pattern);
        String[] words = words(key);
        // For each number of the key's first words: whether what was looked at of the pattern matches them.
        boolean[] reached = new boolean[words.length + 1];
        reached[0] = true;
        for (String word : wanted) {
            reached = word.equals("#") ? anyMore(reached) : oneMore(reached, word, words);
        }
        return reached[words.length];
    }

    private static String[] words(String text) {
        return text.isEmpty() ? new String[0] : text.split("\\.", -1);
    }

    private static boolean[] anyMore(boolean[] reached) {
        boolean[] next = reached.clone();
        for (int i = 1; i < next.length; i++) {
            next[i] |= next[i - 1];
        }
        return next;
    }

    private static boolean[] oneMore(boolean[] reached, String wanted, String[] words) {
        boolean[] next = new boolean[reached.length];
        for (int i = 1; i < next.length; i++) {
            next[i] = reached[i - 1] && (wanted.equals("*") || wanted.equals(words[i - 1]));
        }
        return next;
    }
}
