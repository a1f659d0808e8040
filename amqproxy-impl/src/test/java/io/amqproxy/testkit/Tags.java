package io.amqproxy.testkit;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;

/**
 * The tags of test classes, which keep them out of {@code mvn test}: whoever uses a broker or starts a process, also by
 * way of a fixture, has to say so at the class.
 */
public final class Tags {

    /** What needs a tag, and which one; as names, so that this class does not need all of it. */
    private static final Map<String, String> REASONS = new LinkedHashMap<>();

    static {
        REASONS.put("io.amqproxy.testkit.EmbeddedBroker", "broker");
        REASONS.put("io.amqproxy.testkit.RabbitMq", "broker");
        REASONS.put("io.amqproxy.testkit.RabbitNode", "broker");
        REASONS.put("io.amqproxy.testkit.RabbitMq4", "broker");
        REASONS.put("io.amqproxy.testkit.EmbeddedArtemis", "broker");
        REASONS.put("io.amqproxy.testkit.RabbitContainer", "broker");
        REASONS.put("io.amqproxy.testkit.Fuzzer", "fuzz");
        REASONS.put("java.lang.ProcessBuilder", "process");
        REASONS.put("io.amqproxy.impl.faults.LossRun", "loss");
        REASONS.put("io.amqproxy.program.Browser", "browser");
        REASONS.put("io.amqproxy.benchmark.Section", "benchmark");
    }

    private static final Set<String> KNOWN =
            Set.of("broker", "process", "browser", "fuzz", "loss", "benchmark", "long");

    private static final Set<String> TESTS = Set.of(
            "org.junit.jupiter.api.Test",
            "org.junit.jupiter.api.TestFactory",
            "org.junit.jupiter.params.ParameterizedTest",
            "com.tngtech.archunit.junit.ArchTest");

    /** The program's live line asks the system for its terminal, where it has one. */
    private static final String NO_REASON = "io.amqproxy.program.LiveLine";

    private final Map<String, Set<String>> uses = new TreeMap<>();
    private final JavaClasses classes;

    private Tags(JavaClasses classes) {
        this.classes = classes;
        for (JavaClass type : classes) {
            Set<String> used = uses.computeIfAbsent(outermost(type), key -> new TreeSet<>());
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                used.add(outermost(dependency.getTargetClass().getBaseComponentType()));
            }
        }
    }

    /**
     * {@return what is wrong with the tags of test classes, a line for each class}
     *
     * @param packages where the test classes are looked for
     */
    public static List<String> problems(String... packages) {
        return ArchConfiguration.withThreadLocalScope(configuration -> {
            configuration.setResolveMissingDependenciesFromClassPath(false); // The names of libraries' classes do.
            return new Tags(new ClassFileImporter().importPackages("io.amqproxy")).check(Set.of(packages));
        });
    }

    private List<String> check(Set<String> packages) {
        List<String> problems = new ArrayList<>();
        for (JavaClass type : classes) {
            if (isTopLevel(type) && isIn(packages, type) && isTest(type)) {
                Set<String> needed = needs(type.getName());
                Set<String> present = tags(type);
                if (!present.containsAll(needed) || !KNOWN.containsAll(present)) {
                    problems.add("%s needs the tags %s and has %s".formatted(type.getName(), needed, present));
                }
            }
        }
        return problems;
    }

    /** The tags of all that it uses, and that they use. Who needs another tag need not say that it starts processes. */
    private Set<String> needs(String type) {
        Set<String> tags = new TreeSet<>();
        Set<String> seen = new HashSet<>(Set.of(type));
        Deque<String> open = new ArrayDeque<>(seen);
        while (!open.isEmpty()) {
            for (String used : uses.getOrDefault(open.remove(), Set.of())) {
                if (REASONS.containsKey(used)) {
                    tags.add(REASONS.get(used));
                }
                if (!used.equals(NO_REASON) && seen.add(used)) {
                    open.add(used);
                }
            }
        }
        if (tags.size() > 1) {
            tags.remove("process");
        }
        return tags;
    }

    private static boolean isTopLevel(JavaClass type) {
        return outermost(type).equals(type.getName());
    }

    private static boolean isIn(Set<String> packages, JavaClass type) {
        return packages.stream().anyMatch(name -> type.getName().startsWith(name + '.'));
    }

    private static boolean isTest(JavaClass type) {
        return Stream.concat(type.getMethods().stream(), type.getFields().stream())
                .flatMap(member -> member.getAnnotations().stream())
                .anyMatch(annotation -> TESTS.contains(annotation.getRawType().getName()));
    }

    private static Set<String> tags(JavaClass type) {
        Set<String> tags = new TreeSet<>();
        for (JavaAnnotation<?> annotation : type.getAnnotations()) {
            if (annotation.getRawType().isEquivalentTo(Tag.class)) {
                tags.add((String) annotation.getExplicitlyDeclaredProperty("value"));
            } else if (annotation.getRawType().isEquivalentTo(org.junit.jupiter.api.Tags.class)) {
                for (Object tag : (Object[]) annotation.getExplicitlyDeclaredProperty("value")) {
                    tags.add((String) ((JavaAnnotation<?>) tag).getExplicitlyDeclaredProperty("value"));
                }
            } else if (annotation.getRawType().getName().startsWith("io.amqproxy.")) {
                tags.addAll(tags(annotation.getRawType()));
            }
        }
        return tags;
    }

    private static String outermost(JavaClass type) {
        int nested = type.getName().indexOf('$');
        return nested < 0 ? type.getName() : type.getName().substring(0, nested);
    }
}
